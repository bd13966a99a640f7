using Azure.Core;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace UserCache.ApiService.Security;

/// <summary>
/// Keeps this service signed in to Redis, which ends connections whose token has expired: it fetches a new one in time, and shows it on the
/// connections that there are. (One that subscribes can't be shown anything: it is made anew, with the new token.)
/// </summary>
internal sealed partial class RedisSignIn(
    AzureIdentity identity, RedisToken token, IServiceProvider services, IOptions<ConfigurationOptions> options, TimeProvider time,
    ILogger<RedisSignIn> logger) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    // With which all connections are signed in.
    private string? _shown;
    private string? _told;

    // Before anything else looks at Redis: the client has tried to connect already, when it was made, and had no token then.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!identity.IsUsed)
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            var first = await identity.RedisTokenAsync(limit.Token);
            token.Set(first.Token);
            var redis = services.GetRequiredService<IConnectionMultiplexer>();
            while (!redis.IsConnected)
            {
                await Task.Delay(options.Value.HeartbeatInterval, time, limit.Token);
            }

            NoteSignedIn(first);
        }
        // The service does without Redis, also when it starts.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            NoteFailure(failure);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (identity.IsUsed)
        {
            await Task.Delay(await RenewAsync(stoppingToken), time, stoppingToken);
        }
    }

    /// <returns>When to look again: the credential has a new token some time before the old one expires.</returns>
    private async Task<TimeSpan> RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            var renewed = await identity.RedisTokenAsync(cancellationToken);
            token.Set(renewed.Token);
            if (renewed.Token != _shown)
            {
                await ShowAsync(renewed.Token);
                NoteSignedIn(renewed);
            }

            var left = (renewed.ExpiresOn - time.GetUtcNow()) / 2;
            return left > RetryInterval ? left : RetryInterval;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            NoteFailure(failure);
            return RetryInterval;
        }
    }

    private async Task ShowAsync(string renewed)
    {
        var connected = services.GetRequiredService<IConnectionMultiplexer>().GetServers().Where(server => server.IsConnected).ToList();
        if (connected.Count == 0)
        {
            throw new InvalidOperationException("there is no connection");
        }

        await Task.WhenAll(connected.Select(server => server.ExecuteAsync("AUTH", options.Value.User!, renewed)));
    }

    private void NoteSignedIn(AccessToken shown)
    {
        (_shown, _told) = (shown.Token, null);
        Log.SignedIn(logger, shown.ExpiresOn);
    }

    // Each reason once, until it is over; and of a credential's many lines the first.
    private void NoteFailure(Exception failure)
    {
        var reason = failure is OperationCanceledException ? "nothing has answered in time" : failure.Message.Split('\n')[0].TrimEnd();
        if (reason != _told)
        {
            Log.NotSignedIn(logger, reason, RetryInterval.TotalSeconds);
        }

        _told = reason;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 510, Level = LogLevel.Information, Message = "Signed in to Redis with a token that is good until {Until:u}.")]
        public static partial void SignedIn(ILogger logger, DateTimeOffset until);

        [LoggerMessage(
            EventId = 511, Level = LogLevel.Warning, Message = "Could not sign in to Redis ({Reason}); trying again in {Seconds} s.")]
        public static partial void NotSignedIn(ILogger logger, string reason, double seconds);
    }
}
