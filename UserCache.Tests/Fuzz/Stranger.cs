using System.Net.Sockets;

namespace UserCache.Tests.Fuzz;

/// <summary>A client who does as he likes: sends anything, in any way, and leaves at any time.</summary>
/// <param name="random">Says what comes next: the same for the same seed, whatever is answered.</param>
/// <param name="requests">What he sends.</param>
/// <param name="services">To whom.</param>
/// <param name="rules">What must hold for every answer.</param>
internal sealed class Stranger(Random random, OddRequests requests, Uri[] services, AnswerRules rules)
{
    private const int MostRequests = 6;
    private const int SmallPiece = 40;
    private const int MaxPauses = 30;
    private const int OneInLeavesEarly = 12;
    private const int OneInFallsSilent = 40;

    // Of a machine that is busy, with a lease in between that was planted.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How many requests were answered.</summary>
    public long Answers { get; private set; }

    /// <summary>Opens a connection, uses it, and closes it.</summary>
    /// <returns>What was wrong with what came back; <see langword="null"/> when nothing was.</returns>
    public async Task<string?> CallAsync()
    {
        OddRequest[] all = [.. Enumerable.Range(0, random.Next(MostRequests)).Select(_ => requests.Sound()), requests.Last()];
        var (service, way, leaving) = (services[random.Next(services.Length)], random.Next(3), random.Next(OneInLeavesEarly) == 0);
        var (isSilent, pieces) = (random.Next(OneInFallsSilent) == 0, new Random(random.Next()));
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        // Reset at its end: a port that waits for late packets is not free for the next.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        await socket.ConnectAsync(service.Host, service.Port, patience.Token);
        using var answers = new AnswerReader(new NetworkStream(socket));
        var sending = way switch
        {
            0 => Task.CompletedTask,
            1 => SendSlowlyAsync(socket, Join(all), pieces, patience.Token),
            _ => SendAsync(socket, Join(all), patience.Token),
        };
        foreach (var request in all)
        {
            if (way == 0)
            {
                await SendAsync(socket, request.Bytes, patience.Token);
            }

            if (leaving && request == all[^1])
            {
                break;
            }

            // What is sent in one piece with a request that ends the connection may be lost with it: unread bytes reset it.
            var mayBeLost = way != 0 && all[^1].Soundness == Soundness.Broken;
            var wrong = request.Soundness == Soundness.Broken
                ? await EndAsync(socket, sending, answers, request, isSilent, patience.Token)
                : await AnsweredAsync(answers, request, mayBeLost, patience.Token);
            if (wrong is not null)
            {
                var asked = all.TakeWhile(one => one != request).TakeLast(1).Append(request);
                return $"{wrong}. It was asked the last of these: {string.Join("\nand ", asked)}";
            }

            if (answers.IsLast)
            {
                break;
            }
        }

        return null;
    }

    private async Task<string?> AnsweredAsync(
        AnswerReader answers, OddRequest request, bool mayBeLost, CancellationToken cancellationToken)
    {
        try
        {
            if (await answers.ReadAsync(request.Method, cancellationToken) is not { } answer)
            {
                return "No answer";
            }

            Answers++;
            return Wrong(answer, request);
        }
        catch (OperationCanceledException)
        {
            return $"No answer within {Patience.TotalSeconds} s";
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return mayBeLost ? null : failure.Message;
        }
    }

    // The server is to hang up, at last when it has waited for long enough.
    private async Task<string?> EndAsync(
        Socket socket, Task sending, AnswerReader answers, OddRequest request, bool isSilent, CancellationToken cancellationToken)
    {
        try
        {
            await sending;
            if (!isSilent)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            while (await answers.ReadAsync(request.Method, cancellationToken) is { } answer)
            {
                if (Wrong(answer, request) is { } wrong)
                {
                    return wrong;
                }
            }

            return null;
        }
        catch (OperationCanceledException)
        {
            return $"Not at its end within {Patience.TotalSeconds} s";
        }
        // Who sends what the server does not wait for may be cut off in the middle.
        catch (Exception failure) when (failure is SocketException or IOException or InvalidDataException)
        {
            return null;
        }
    }

    private string? Wrong(Answer answer, OddRequest request) =>
        rules.Broken(answer, request) is { } broken ? $"{broken}: {answer}" : null;

    private static byte[] Join(OddRequest[] all) => [.. all.SelectMany(request => request.Bytes)];

    private static async Task SendSlowlyAsync(Socket socket, byte[] bytes, Random pieces, CancellationToken cancellationToken)
    {
        for (var pauses = 0; bytes.Length > SmallPiece && pauses < MaxPauses; pauses++)
        {
            var length = pieces.Next(1, SmallPiece);
            await SendAsync(socket, bytes[..length], cancellationToken);
            bytes = bytes[length..];
            await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
        }

        await SendAsync(socket, bytes, cancellationToken);
    }

    // Who has been hung up on reads what was answered before.
    private static async Task SendAsync(Socket socket, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendAsync(bytes, cancellationToken);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }
}
