using System.Diagnostics;
using System.Net;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>
/// The way to a shard: every command goes to its primary and through its circuit breaker, so that one that hangs or is gone costs a few
/// requests their timeout, and the others nothing.
/// </summary>
internal sealed class RedisLink
{
    // The client would go after a slot that has moved to a server that nobody has compared with the source.
    private const CommandFlags Flags = CommandFlags.DemandMaster | CommandFlags.NoRedirect;

    private readonly IConnectionMultiplexer _redis;
    private readonly EndPoint? _endPoint;
    private readonly CacheGate _gate;
    private readonly LostConnection _lost;
    private readonly Action _moved;
    private readonly RedisBreaker _breaker;
    private volatile bool _isCrossSlot;
    private IServer? _server;

    /// <param name="redis">The client.</param>
    /// <param name="endPoint">The shard's primary; <see langword="null"/> for whichever is the primary, where Redis is no cluster.</param>
    /// <param name="gate">The shard's.</param>
    /// <param name="lost">Knows why there is no connection.</param>
    /// <param name="moved">To be called when the server says that it has not the slot of a key.</param>
    /// <param name="time">Measures the breaker's times.</param>
    public RedisLink(IConnectionMultiplexer redis, EndPoint? endPoint, CacheGate gate, LostConnection lost, Action moved, TimeProvider time)
    {
        (_redis, _endPoint, _gate, _lost, _moved) = (redis, endPoint, gate, lost, moved);
        _breaker = new RedisBreaker(gate, time);
    }

    /// <summary>See <see cref="RedisBreaker.State"/>.</summary>
    public int BreakerState => _breaker.State;

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
        var isClosed = _breaker.IsClosed;
        try
        {
            var answer = isClosed
                ? await SendAsync(command, state, span, batchSize)
                : await _breaker.ExecuteAsync(
                    static async all => await all.link.SendAsync(all.command, all.state, all.span, all.batchSize),
                    (link: this, command, state, span, batchSize));
            if (isClosed)
            {
                _breaker.Tell(failure: null);
            }

            return answer;
        }
        catch (Exception thrown)
        {
            // Nobody here cancels a command: so the client says now and then that the connection was lost before it was sent.
            var failure = thrown is OperationCanceledException ? NotConnected("the connection was lost", thrown) : thrown;
            if (isClosed)
            {
                _breaker.Tell(failure);
            }

            Note(failure);
            if (failure != thrown)
            {
                throw failure;
            }

            throw;
        }
    }

    /// <summary>
    /// Whether keys are known to be in different slots, though this is no cluster to the client: then one command can't name several.
    /// </summary>
    public bool IsCrossSlot => _isCrossSlot;

    /// <summary>Reads a value. What is no string counts as not there.</summary>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisValue> GetAsync(string key)
    {
        try
        {
            return _endPoint is null
                ? await ExecuteAsync(static (database, key) => database.StringGetAsync(key, Flags), key)
                : (RedisValue)await ExecuteAsync(
                    static (_, get) => get.link.Server.ExecuteAsync("GET", [(RedisKey)get.key], Flags), (link: this, key));
        }
        catch (RedisServerException failure) when (RedisFailure.IsWrongType(failure))
        {
            return RedisValue.Null;
        }
    }

    /// <summary>Reads values with one command, in the order of the keys. What is no string counts as not there.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="span">See <see cref="ExecuteAsync"/>.</param>
    /// <returns><see langword="null"/> where that can't be done: see <see cref="IsCrossSlot"/>.</returns>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public async Task<RedisValue[]?> GetAsync(RedisKey[] keys, string? span = null)
    {
        try
        {
            return await ExecuteAsync(
                static (database, keys) => database.StringGetAsync(keys, Flags), keys, span, keys.Length);
        }
        catch (Exception failure) when (SaysCrossSlot(failure))
        {
            _isCrossSlot = true;
            return null;
        }
        catch (Exception failure) when (failure is RedisConnectionException or RedisTimeoutException)
        {
            // As many have waited in vain as there are keys.
            for (var more = 1; more < keys.Length && more < RedisBreaker.MinimumThroughput; more++)
            {
                _breaker.Tell(failure);
            }

            throw;
        }
    }

    /// <summary>Runs a script.</summary>
    /// <param name="script">Its text.</param>
    /// <param name="keys">Of one slot.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="span">See <see cref="ExecuteAsync"/>.</param>
    /// <exception cref="Exception">One of those that <see cref="RedisFailure.Is"/> knows.</exception>
    public Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, string? span = null) =>
        ExecuteAsync(
            static (database, call) => call.link._endPoint is null
                ? database.ScriptEvaluateAsync(call.script, call.keys, call.arguments, Flags)
                : call.link.Server.EvaluateAsync(call.script, call.keys, call.arguments, Flags),
            (link: this, script, keys, arguments),
            span);

    /// <summary>Sends a script whatever the breaker says. Nobody hears of how it ended.</summary>
    public async Task SendAsync(string script, RedisKey[] keys, RedisValue[] arguments) =>
        _ = await (_endPoint is null
            ? _redis.GetDatabase().ScriptEvaluateAsync(script, keys, arguments, Flags | CommandFlags.FireAndForget)
            : Server.EvaluateAsync(script, keys, arguments, Flags | CommandFlags.FireAndForget));

    /// <summary>Starts a command's span, where its trace is recorded.</summary>
    /// <param name="operation">The command.</param>
    /// <param name="batchSize">How many operations it stands for.</param>
    public Activity? StartSpan(string operation, int batchSize = 1) =>
        CacheTelemetry.IsRecorded
            ? CacheTelemetry.StartCommand(
                operation, _endPoint ?? (RedisPrimaries.Of(_redis) is [var only] ? only.EndPoint : null), batchSize)
            : null;

    /// <summary>The shard's primary; more than one where there are several and nobody says which keys they have.</summary>
    /// <exception cref="RedisConnectionException">There is no connection to it.</exception>
    public List<IServer> Primaries()
    {
        var primaries = _endPoint is null ? RedisPrimaries.Of(_redis) : [Server];
        return primaries.Count > 0 && primaries.TrueForAll(primary => primary.IsConnected) ? primaries : throw NotConnected();
    }

    // As the client knows it; a cluster may name one that it has never reached.
    private IServer Server =>
        _server ??= Array.Find(_redis.GetServers(), server => server.EndPoint.Equals(_endPoint)) ?? throw NotConnected();

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

    // Said by the client, which knows the slots, or by a server behind a proxy.
    private static bool SaysCrossSlot(Exception failure) =>
        failure is RedisCommandException or RedisServerException
        && (failure.Message.Contains("CROSSSLOT", StringComparison.Ordinal)
            || failure.Message.Contains("single slot", StringComparison.Ordinal));

    private RedisConnectionException NotConnected() => _endPoint is null
        ? NotConnected("no primary is connected", _lost.Ask())
        : NotConnected($"the primary {_endPoint} is not connected");

    private static RedisConnectionException NotConnected(string message, Exception? why = null) =>
        new(ConnectionFailureType.UnableToConnect, Flags, message, why, CommandStatus.WaitingToBeSent);

    private void Note(Exception failure)
    {
        switch ((failure as RedisServerException)?.Kind)
        {
            case RedisErrorKind.ReadOnly:
                _gate.Shut("the server is no primary any more");
                break;
            // Not ASK: a key of a slot that is being moved is not here any more, but no other is elsewhere.
            case RedisErrorKind.Moved:
                _gate.Shut("a slot has moved to another server");
                _moved();
                break;
        }
    }
}
