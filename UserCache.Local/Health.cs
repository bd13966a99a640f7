using System.Net;

namespace UserCache.Local;

/// <summary>Waits for a service's readiness.</summary>
public static class Health
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Polls <c>/health</c> until it answers 200, for a minute at most.</summary>
    /// <exception cref="InvalidOperationException">It did not within a minute; the message has the last answer.</exception>
    public static async Task WaitAsync(Uri service, CancellationToken cancellationToken = default)
    {
        using var http = new HttpClient { BaseAddress = service };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var last = "no answer";
        while (true)
        {
            try
            {
                using var response = await http.GetAsync("health", limit.Token);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                last = await response.Content.ReadAsStringAsync(limit.Token);
                await Task.Delay(Interval, limit.Token);
            }
            catch (HttpRequestException failure)
            {
                last = failure.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new InvalidOperationException($"{service} is not ready after {Limit.TotalSeconds} s: {last}");
            }
        }
    }
}
