using System.Diagnostics;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace UserCache.Caching;

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
    private readonly LostConnection _lost;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _breaker;
    private volatile bool _isCluster;

    public RedisLink(IConnectionMultiplexer redis, CacheGate gate, LostConnection lost, CacheMetrics metrics, TimeProvider time)
    {
        _redis = redis;
        _gate = gate;
        _lost = lost;
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

    /// <summary>Runs one command.</summary>
    /// <param name="command">Sends it.</param>
    /// <param name="state">What it needs for that.</param>
    /// <param name="span">
    /// The command's name on a span of its own, where it is sent at all and its trace is recorded; by default it has none.
    /// </param>
    /// <param name="batchSize">How many operations it stands for.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<T> ExecuteAsync<TState, T>(
        Func<IDatabaseAsync, TState, Task<T>> command, TState state, string? span = null, int batchSize = 1)
    {
        // A closed breaker is told of what happened: to go through it would cost a hit more than all else that is done here.
        var isClosed = _state.CircuitState == CircuitState.Closed;
        try
        {
            var answer = isClosed
                ? await SendAsync(command, state, span, batchSize)
                : await _breaker.ExecuteAsync(
                    static async (all, _) => await all.link.SendAsync(all.command, all.state, all.span, all.batchSize),
                    (link: this, command, state, span, batchSize));
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

    /// <summary>Sends one command whatever the breaker says. Nobody waits for it or hears of it.</summary>
    public void Send<TState>(Func<IDatabaseAsync, TState, Task> command, TState state) => _ = command(_redis.GetDatabase(), state);

    /// <summary>
    /// Whether keys may be on different servers, so that one command can't name several. Known once that was tried in vain.
    /// </summary>
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
    /// <param name="keys">The keys.</param>
    /// <param name="span">See <see cref="ExecuteAsync"/>.</param>
    /// <returns><see langword="null"/> where that can't be done: see <see cref="IsCluster"/>.</returns>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisValue[]?> GetAsync(RedisKey[] keys, string? span = null)
    {
        try
        {
            return await ExecuteAsync(
                static (database, keys) => database.StringGetAsync(keys, CommandFlags.DemandMaster), keys, span, keys.Length);
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

    /// <summary>Starts a command's span, where its trace is recorded.</summary>
    /// <param name="operation">The command.</param>
    /// <param name="batchSize">How many operations it stands for.</param>
    public Activity? StartSpan(string operation, int batchSize = 1) =>
        CacheTelemetry.IsRecorded
            ? CacheTelemetry.StartCommand(operation, RedisPrimaries.Of(_redis) is [var only] ? only.EndPoint : null, batchSize)
            : null;

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

    private Task<T> SendAsync<TState, T>(Func<IDatabaseAsync, TState, Task<T>> command, TState state, string? span, int batchSize) =>
        span is not null && CacheTelemetry.IsRecorded
            ? SendTracedAsync(command, state, span, batchSize)
            : command(_redis.GetDatabase(), state);

    private async Task<T> SendTracedAsync<TState, T>(
        Func<IDatabaseAsync, TState, Task<T>> command, TState state, string operation, int batchSize)
    {
        using var span = StartSpan(operation, batchSize);
        try
        {
            return await command(_redis.GetDatabase(), state);
        }
        catch (Exception failure)
        {
            CacheTelemetry.Failed(span, failure);
            throw;
        }
    }

    private void TellBreaker(Exception? failure)
    {
        var context = ResilienceContextPool.Shared.Get();
        _ = _breaker.ExecuteOutcomeAsync(
            static (_, failure) => ValueTask.FromResult(failure is null ? Outcome.FromResult(true) : Outcome.FromException<bool>(failure)),
            context,
            failure).AsTask();
        ResilienceContextPool.Shared.Return(context);
    }

    // Said by the client, which knows the slots, or by a server behind a proxy.
    private static bool IsCrossSlot(Exception failure) =>
        failure is RedisCommandException or RedisServerException && failure.Message.Contains("slot", StringComparison.OrdinalIgnoreCase);

    /// <summary>The primaries that there is a connection to.</summary>
    /// <exception cref="RedisConnectionException">There is none.</exception>
    public List<IServer> ConnectedPrimaries()
    {
        var primaries = RedisPrimaries.Of(_redis);
        return primaries.Count > 0 ? primaries : throw NotConnected("no primary is connected", _lost.Ask());
    }

    private static RedisConnectionException NotConnected(string message, Exception? why = null) =>
        new(ConnectionFailureType.UnableToConnect, CommandFlags.DemandMaster, message, why, CommandStatus.WaitingToBeSent);
}
