using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>What Redis answered, and how many GETs shared the trip.</summary>
internal readonly record struct Got(RedisValue Value, int BatchSize);

/// <summary>One GET that waits for its answer; used again and again.</summary>
internal sealed class PendingGet : IValueTaskSource<Got>
{
    private static readonly ConcurrentQueue<PendingGet> Pool = new();

    // Who waits goes on at once, on the trip's thread: to wake another for each would cost more than what is left to do.
    private ManualResetValueTaskSourceCore<Got> _core;

    public string Key { get; private set; } = "";

    /// <summary>Where on its trip the answer is.</summary>
    public int Place { get; set; }

    public ValueTask<Got> Task => new(this, _core.Version);

    public static PendingGet Rent(string key)
    {
        if (!Pool.TryDequeue(out var get))
        {
            get = new PendingGet();
        }

        (get.Key, get.Place) = (key, 0);
        return get;
    }

    public void Answer(Got got) => _core.SetResult(got);

    public void Fail(Exception failure) => _core.SetException(failure);

    public Got GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Pool.Enqueue(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
