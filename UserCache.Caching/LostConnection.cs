using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// Knows why there is no connection to Redis. The client tells why it has lost one, but not why it does not get it back, such as that the
/// password has been changed: that takes a connection of its own, made in the background now and then.
/// </summary>
internal sealed class LostConnection
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly IOptions<ConfigurationOptions> _options;
    private readonly TimeProvider _time;
    private volatile Exception? _reason;
    private long _looked;
    private int _isLooking;

    public LostConnection(IConnectionMultiplexer redis, IOptions<ConfigurationOptions> options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        redis.ConnectionFailed += (_, failed) => _reason = failed.Exception;
    }

    /// <summary>Says why, as far as that is known, and sees to it that more is known soon. To be called only while there is none.</summary>
    public Exception? Ask()
    {
        if ((_looked == 0 || _time.GetElapsedTime(_looked) >= Interval) && Interlocked.Exchange(ref _isLooking, 1) == 0)
        {
            _ = LookAsync();
        }

        return _reason;
    }

    private async Task LookAsync()
    {
        var options = _options.Value.Clone();
        options.AbortOnConnectFail = true;
        // Over it nothing is asked that is believed.
        options.Tunnel = (options.Tunnel as GateTunnel)?.Inner;
        try
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (Exception failure) when (RedisFailure.Cause(failure) is not null)
        {
            _reason = failure;
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            // It does not say more than was known.
        }
        finally
        {
            _looked = _time.GetTimestamp();
            Volatile.Write(ref _isLooking, 0);
        }
    }
}
