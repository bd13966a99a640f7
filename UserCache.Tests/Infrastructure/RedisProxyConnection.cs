using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>
/// One connection through a <see cref="RedisProxy"/>. Only whole commands go to the server, so that it can be another's turn after any.
/// </summary>
internal sealed class RedisProxyConnection(Socket client, Func<bool> hidesRun) : IDisposable
{
    // What the client has made of its connection: the next server is told the same.
    private static readonly string[] SessionCommands = ["HELLO", "AUTH", "CLIENT", "SELECT", "SUBSCRIBE", "UNSUBSCRIBE"];

    private readonly SemaphoreSlim _sending = new(1);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte> _session = [];
    private Socket _server = NewSocket();
    private RedisProxyReplies? _from;
    private Task _replies = Task.CompletedTask;

    /// <summary>Carries commands and replies until one of the ends breaks off, or the connection is disposed of.</summary>
    public async Task RunAsync(int port)
    {
        try
        {
            client.NoDelay = true;
            await _server.ConnectAsync(IPAddress.Loopback, port);
            Listen(first: null);
            await PumpCommandsAsync();
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            Dispose();
            await _replies;
        }
    }

    /// <summary>Returns when the server has answered all it was sent; further commands wait until <see cref="GoOnAsync"/>.</summary>
    public async Task LeaveAsync()
    {
        await Task.WhenAny(_sending.WaitAsync(), _closed.Task);
        if (_session.Count == 0)
        {
            // It has not introduced itself, so that nobody relies on it yet.
            Dispose();
            return;
        }

        try
        {
            var (question, answer) = Question();
            _from!.Last = answer;
            await SendAsync(_server, question);
            await _replies;
            _server.Dispose();
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            Dispose();
        }
    }

    /// <summary>Lets commands go on, to another server.</summary>
    public async Task GoOnAsync(int port)
    {
        try
        {
            _server = NewSocket();
            ObjectDisposedException.ThrowIf(_closed.Task.IsCompleted, this);
            await _server.ConnectAsync(IPAddress.Loopback, port);
            var (question, answer) = Question();
            await SendAsync(_server, (byte[])[.. _session, .. question]);
            Listen(first: answer);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            Dispose();
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Closes both ends.</summary>
    public void Dispose()
    {
        _closed.TrySetResult();
        client.Dispose();
        _server.Dispose();
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static (byte[] Question, byte[] Answer) Question()
    {
        var answer = $"$32\r\n{Guid.NewGuid():N}\r\n";
        return (Encoding.ASCII.GetBytes($"*2\r\n$4\r\nECHO\r\n{answer}"), Encoding.ASCII.GetBytes(answer));
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes)..];
        }
    }

    private void Listen(byte[]? first)
    {
        _from = new RedisProxyReplies(_server, client, hidesRun, first);
        _replies = ListenAsync(_from);
    }

    private async Task ListenAsync(RedisProxyReplies replies)
    {
        if (!await replies.RunAsync())
        {
            Dispose();
        }
    }

    private async Task PumpCommandsAsync()
    {
        var buffer = new byte[32 * 1024];
        var kept = 0;
        while (await client.ReceiveAsync(buffer.AsMemory(kept)) is > 0 and var count)
        {
            kept += count;
            await _sending.WaitAsync();
            try
            {
                var whole = NoteSession(buffer.AsSpan(0, kept));
                await SendAsync(_server, buffer.AsMemory(0, whole));
                buffer.AsSpan(whole, kept - whole).CopyTo(buffer);
                kept -= whole;
            }
            finally
            {
                _sending.Release();
            }

            Array.Resize(ref buffer, kept < buffer.Length ? buffer.Length : buffer.Length * 2);
        }
    }

    /// <returns>The length of all whole commands.</returns>
    private int NoteSession(ReadOnlySpan<byte> bytes)
    {
        var whole = 0;
        while (RespCommand.TryRead(bytes[whole..], out var name, out var length))
        {
            if (SessionCommands.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                _session.AddRange(bytes.Slice(whole, length));
            }

            whole += length;
        }

        return whole;
    }
}
