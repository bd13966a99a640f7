using System.Globalization;
using System.Net;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>What tells one run of a Redis server from another.</summary>
/// <param name="RunIds">Of each primary; none if they do not say.</param>
/// <param name="Uptime">Of the one that was started last; zero if it does not say.</param>
public sealed record RedisServers(IReadOnlySet<string> RunIds, TimeSpan Uptime);

/// <summary>
/// The way to Redis: every command goes to a primary and through one circuit breaker, so that a Redis that hangs or is gone costs
/// a few requests their timeout, and the others nothing.
/// </summary>
internal sealed class RedisLink
{
    private static readonly TimeSpan SamplingDuration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BreakDuration = TimeSpan.FromMilliseconds(500);
    private const int MinimumThroughput = 4;
    private const double FailureRatio = 0.5;

    private readonly IConnectionMultiplexer _redis;
    private readonly CacheGate _gate;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _breaker;
    private volatile bool _isCluster;

    public RedisLink(IConnectionMultiplexer redis, CacheGate gate, CacheMetrics metrics, TimeProvider time)
    {
        _redis = redis;
        _gate = gate;
        GateTunnel.Listen(redis, gate);
        _breaker = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                SamplingDuration = SamplingDuration,
                MinimumThroughput = MinimumThroughput,
                FailureRatio = FailureRatio,
                BreakDuration = BreakDuration,
                StateProvider = _state,
                ShouldHandle = new PredicateBuilder().Handle<RedisConnectionException>().Handle<RedisTimeoutException>(),
                OnOpened = _ =>
                {
                    gate.Shut("the circuit breaker has opened");
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        metrics.Observe(_state, gate);
    }

    /// <summary>The primaries that there is a connection to.</summary>
    public static List<IServer> Primaries(IConnectionMultiplexer redis) => [.. redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false })];

    /// <summary>Runs one command.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<T> ExecuteAsync<TState, T>(Func<IDatabaseAsync, TState, Task<T>> command, TState state)
    {
        // A closed breaker is told of what happened: to go through it would cost a hit more than all else that is done here.
        var isClosed = _state.CircuitState == CircuitState.Closed;
        try
        {
            var answer = isClosed
                ? await command(_redis.GetDatabase(), state)
                : await _breaker.ExecuteAsync(static async (all, _) => await all.command(all.database, all.state), (command, state, database: _redis.GetDatabase()));
            if (isClosed)
            {
                TellBreaker(failure: null);
            }

            return answer;
        }
        catch (Exception failure)
        {
            if (isClosed)
            {
                TellBreaker(failure);
            }

            if (failure is RedisServerException && failure.Message.StartsWith("READONLY", StringComparison.Ordinal))
            {
                _gate.Shut("the server is no primary any more");
            }

            throw;
        }
    }

    /// <summary>Whether keys may be on different servers, so that one command can't name several. Known once that was tried in vain.</summary>
    public bool IsCluster => _isCluster;

    /// <summary>Reads a value. What is no string counts as not there.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisValue> GetAsync(string key)
    {
        try
        {
            return await ExecuteAsync(static (database, key) => database.StringGetAsync(key, CommandFlags.DemandMaster), key);
        }
        catch (RedisServerException failure) when (RedisFailure.IsWrongType(failure))
        {
            return RedisValue.Null;
        }
    }

    /// <summary>Reads values with one command, in the order of the keys. What is no string counts as not there.</summary>
    /// <returns><see langword="null"/> where that can't be done: see <see cref="IsCluster"/>.</returns>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisValue[]?> GetAsync(RedisKey[] keys)
    {
        try
        {
            return await ExecuteAsync(static (database, keys) => database.StringGetAsync(keys, CommandFlags.DemandMaster), keys);
        }
        catch (Exception failure) when (IsCrossSlot(failure))
        {
            _isCluster = true;
            return null;
        }
        catch (Exception failure) when (failure is RedisConnectionException or RedisTimeoutException)
        {
            // As many have waited in vain as there are keys.
            for (var more = 1; more < keys.Length && more < MinimumThroughput; more++)
            {
                TellBreaker(failure);
            }

            throw;
        }
    }

    /// <summary>Where the server is; null where there are several.</summary>
    public EndPoint? EndPoint => Primaries(_redis) is [var only] ? only.EndPoint : null;

    /// <summary>Asks every primary who it is.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisServers> IdentifyAsync()
    {
        var answers = await ExecuteAsync(static (_, link) => Task.WhenAll(link.ConnectedPrimaries().Select(server => server.InfoAsync("server"))), this);
        var fields = answers.SelectMany(sections => sections).SelectMany(section => section).ToLookup(field => field.Key, field => field.Value);
        return new RedisServers(
            fields["run_id"].ToHashSet(),
            TimeSpan.FromSeconds(fields["uptime_in_seconds"].Select(seconds => long.Parse(seconds, CultureInfo.InvariantCulture)).DefaultIfEmpty().Min()));
    }

    /// <summary>The primaries of all keys.</summary>
    /// <exception cref="RedisConnectionException">There is no connection to one of them.</exception>
    public List<IServer> AllPrimaries()
    {
        var connected = ConnectedPrimaries();
        var owners = connected.Select(server => server.ClusterConfiguration).FirstOrDefault(cluster => cluster is not null)?.Nodes
            .Where(node => !node.IsReplica && node.Slots.Count > 0).Select(node => node.EndPoint).ToHashSet() ?? [];
        return _redis.GetServers().FirstOrDefault(server => !server.IsConnected && owners.Contains(server.EndPoint)) is { } away
            ? throw NotConnected($"the primary {away.EndPoint} is not connected")
            : connected;
    }

    private void TellBreaker(Exception? failure)
    {
        var context = ResilienceContextPool.Shared.Get();
        _ = _breaker.ExecuteOutcomeAsync(
            static (_, failure) => ValueTask.FromResult(failure is null ? Outcome.FromResult(true) : Outcome.FromException<bool>(failure)), context, failure).AsTask();
        ResilienceContextPool.Shared.Return(context);
    }

    // Said by the client, which knows the slots, or by a server behind a proxy.
    private static bool IsCrossSlot(Exception failure) =>
        failure is RedisCommandException or RedisServerException && failure.Message.Contains("slot", StringComparison.OrdinalIgnoreCase);

    private List<IServer> ConnectedPrimaries()
    {
        var primaries = Primaries(_redis);
        return primaries.Count > 0 ? primaries : throw NotConnected("no primary is connected");
    }

    private static RedisConnectionException NotConnected(string message) =>
        new(ConnectionFailureType.UnableToConnect, CommandFlags.DemandMaster, message, innerException: null, CommandStatus.WaitingToBeSent);
}
