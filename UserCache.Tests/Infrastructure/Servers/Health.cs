using System.Net;

namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>Waits for a service's readiness.</summary>
public static class Health
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Polls <c>/health</c> until it answers 200, for a minute at most.</summary>
    /// <param name="service">The service.</param>
    /// <param name="status">What it is to say of itself; by default anything that is answered 200.</param>
    public static async Task WaitAsync(Uri service, string? status = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null })
        {
            BaseAddress = service,
            Timeout = Limit,
        };
        await Eventually.GetAsync(
            async () =>
            {
                try
                {
                    using var response = await http.GetAsync("health");
                    return (response.StatusCode, Answer: await response.Content.ReadAsStringAsync());
                }
                catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
                {
                    return (default, Answer: failure.Message);
                }
            },
            health => health.StatusCode == HttpStatusCode.OK && (status ?? health.Answer) == health.Answer,
            Limit);
    }
}
