using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// GETs that come while a trip to Redis is under way travel together on the next one: under load, one command and one answer serve
/// many. They are sent in the order in which they came. A trip that fails fails those that shared it, and no others; but one that is not
/// answered in time those too that wait for the next, or they would wait for longer than any command may take. Not for a cluster, where no
/// command may name keys of several slots.
/// </summary>
internal sealed class BatchedGets(RedisShards shards) : IThreadPoolWorkItem
{
    // More keys would hold a Redis of one thread for longer than others should wait.
    private const int MaxKeys = 128;
    // The second gathers and is sent while the first one's answers are written.
    private const int MaxTrips = 2;

    private readonly ConcurrentQueue<PendingGet> _waiting = new();
    private readonly RedisLink _redis = shards.Whole.Link;
    private int _trips;

    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public ValueTask<Got> GetAsync(string key)
    {
        var get = PendingGet.Rent(key);
        var got = get.Task;
        if (_redis.IsCrossSlot)
        {
            _ = GoAloneAsync(get);
            return got;
        }

        _waiting.Enqueue(get);
        if (TryStartTrip())
        {
            // Who comes in the same moment may come along; and a trip, which answers many, has not the context of who happened to start it.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return got;
    }

    void IThreadPoolWorkItem.Execute() => Send();

    private void Send()
    {
        do
        {
            var gets = new List<PendingGet>();
            while (gets.Count < MaxKeys && _waiting.TryDequeue(out var get))
            {
                gets.Add(get);
            }

            if (gets.Count > 0)
            {
                _ = TravelAsync(gets);
                return;
            }

            Interlocked.Decrement(ref _trips);
        }
        // Someone may have come just before that, and found all trips taken.
        while (!_waiting.IsEmpty && TryStartTrip());
    }

    private bool TryStartTrip()
    {
        for (var trips = Volatile.Read(ref _trips); trips < MaxTrips; trips = Volatile.Read(ref _trips))
        {
            if (Interlocked.CompareExchange(ref _trips, trips + 1, trips) == trips)
            {
                return true;
            }
        }

        return false;
    }

    private async Task TravelAsync(List<PendingGet> gets)
    {
        RedisValue[]? values = null;
        Exception? failure = null;
        try
        {
            values = gets.Count == 1 ? [await _redis.GetAsync(gets[0].Key)] : await _redis.GetAsync(KeysOf(gets));
        }
        catch (Exception caught)
        {
            failure = caught;
        }

        if (failure is RedisTimeoutException)
        {
            FailWaiting(failure);
        }

        // The next trip first: Redis works on it while these are answered.
        Send();
        for (var place = 0; place < gets.Count; place++)
        {
            if (failure is not null)
            {
                gets[place].Fail(failure);
            }
            else if (values is not null)
            {
                gets[place].Answer(new Got(values[gets[place].Place], gets.Count));
            }
            else
            {
                _ = GoAloneAsync(gets[place]);
            }
        }
    }

    // Not as a timeout: what they ask for can't be why Redis does not answer.
    private void FailWaiting(Exception why)
    {
        var failure = new RedisConnectionException(
            ConnectionFailureType.None, CommandFlags.None, "Redis has not answered those who came before", why, CommandStatus.WaitingToBeSent);
        while (_waiting.TryDequeue(out var get))
        {
            get.Fail(failure);
        }
    }

    private async Task GoAloneAsync(PendingGet get)
    {
        try
        {
            get.Answer(new Got(await _redis.GetAsync(get.Key), BatchSize: 1));
        }
        catch (Exception failure)
        {
            get.Fail(failure);
        }
    }

    // Each once: a value that many want should not come as often, most of all one that is larger than it should be.
    private static RedisKey[] KeysOf(List<PendingGet> gets)
    {
        var places = new Dictionary<string, int>(gets.Count, StringComparer.Ordinal);
        var keys = new RedisKey[gets.Count];
        foreach (var get in gets)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, get.Key, out var isThere);
            if (!isThere)
            {
                place = places.Count - 1;
                keys[place] = get.Key;
            }

            get.Place = place;
        }

        Array.Resize(ref keys, places.Count);
        return keys;
    }
}
