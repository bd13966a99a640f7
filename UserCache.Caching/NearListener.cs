using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// Hears what the near cache has to forget. Messages are lost with the connection they would have come over; then nothing near is
/// served until the channel is subscribed to anew, which the server has to confirm. The client's own subscribing again is not waited for:
/// it does not tell when it is done.
/// </summary>
internal sealed partial class NearListener(
    NearCache near, IConnectionMultiplexer redis, TimeProvider time, ILogger<NearListener> logger) : BackgroundService
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    private bool _isFailing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!near.IsOn)
        {
            return;
        }

        using var unrecorded = CacheTelemetry.StartUnrecorded();
        redis.ConnectionFailed += (_, _) => near.NoteLost();
        redis.ConnectionRestored += (_, _) => near.NoteLost();
        // What is published on another primary need not come to where we listen.
        RedisPrimaries.OnChange(redis, _ => near.NoteLost());
        while (true)
        {
            if (!near.IsListening)
            {
                await ListenAsync(stoppingToken);
            }

            await Task.Delay(RetryInterval, time, stoppingToken);
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        var lost = near.Lost;
        var subscriber = redis.GetSubscriber();
        try
        {
            // As long as there is a subscription the client does not ask the server for another.
            await subscriber.UnsubscribeAsync(NearCache.ChannelName);
            (await subscriber.SubscribeAsync(NearCache.ChannelName, CommandFlags.DemandMaster)).OnMessage(message => Hear(message.Message));
            near.NoteListening(lost);
            if (near.IsListening)
            {
                _isFailing = false;
                Log.Listening(logger);
            }
        }
        // Whatever it is: the service can do without.
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            // Once, until it succeeds: Redis may be away for long.
            if (!_isFailing)
            {
                Log.NotListening(logger, RedisFailure.Explain(failure));
            }

            _isFailing = true;
        }
    }

    private void Hear(RedisValue key)
    {
        if (key == NearCache.AllKeys)
        {
            near.ForgetAll();
        }
        else
        {
            near.Forget(key!);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 160, Level = LogLevel.Information, Message = "The near cache is in use: what it has to forget is heard.")]
        public static partial void Listening(ILogger logger);

        [LoggerMessage(
            EventId = 161, Level = LogLevel.Warning,
            Message = "The near cache is not in use for now, for its channel could not be subscribed to: {Reason}")]
        public static partial void NotListening(ILogger logger, string reason);
    }
}
