using System.Diagnostics;
using System.Net;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>Waits for a service's readiness.</summary>
public static class Health
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Polls <c>/health</c> until it answers 200, for a minute at most.</summary>
    /// <exception cref="InvalidOperationException">It did not within a minute; the message has the last answer.</exception>
    public static async Task WaitAsync(Uri service, CancellationToken cancellationToken = default)
    {
        using var http = new HttpClient { BaseAddress = service, Timeout = Limit };
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var (isReady, answer) = await AskAsync(http, cancellationToken);
            if (isReady)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new InvalidOperationException($"{service} is not ready after {Limit.TotalSeconds} s: {answer}");
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    private static async Task<(bool IsReady, string Answer)> AskAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync("health", cancellationToken);
            return (response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException failure)
        {
            return (false, failure.Message);
        }
        // The client's own timeout.
        catch (TaskCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, failure.Message);
        }
    }
}
