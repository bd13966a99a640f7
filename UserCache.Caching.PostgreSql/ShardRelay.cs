
namespace UserCache.Caching.PostgreSql;

/// <summary>
/// The relay to one shard: whether it takes changes, and up to when it has had them. One that is away is asked again and again, and nobody
/// waits for it.
/// </summary>
internal sealed partial class ShardRelay(
    RedisShard shard, GateOpener opener, CacheInvalidation cache, Invalidator invalidator, Func<Replay> newBacklog,
    ILogger<ShardRelay> logger)
{
    // One may be a moment's breathlessness, of this process as well as of Redis.
    private const int TurnsThatAreASign = 2;

    private Task<Answer>? _asked;
    private long _generation;
    private Replay? _backlog;
    private IReadOnlyList<Change> _relayed = [];
    private int _turnsFailed;
    private bool _isOthers;
    private bool _wasOpen;

    public RedisShard Shard => shard;

    /// <summary>Whether changes are to be carried out there in this turn.</summary>
    public bool TakesChanges { get; private set; }

    /// <summary>What was committed by then it has carried out, or will without being handed it.</summary>
    public Horizon Seen { get; private set; } = Horizon.None;

    /// <summary>Why it has not done what it was told in this turn.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether changes are carried out there in another way than by being handed over, or not yet.</summary>
    public bool IsBehind => _backlog is not null || !shard.Gate.IsOpen;

    /// <summary>Whether changes that another replica finds reach it as well as those that this one does.</summary>
    public bool IsWell => TakesChanges && !IsBehind && _turnsFailed == 0 && Seen.Next > 0;

    /// <summary>Whether it has work to do at once, and is not just waiting.</summary>
    public bool IsBusy => Failure is null && !_isOthers && (_backlog is not null || (!shard.Gate.IsOpen && opener.IsReplaying));

    /// <summary>Whether it is relied on, or it has turned out that it won't be for now.</summary>
    public bool IsSettled => shard.Gate.IsOpen || _isOthers || _turnsFailed >= TurnsThatAreASign;

    /// <summary>Asks the shard who it is, unless it has yet to answer.</summary>
    /// <param name="source">Tells the database from any other.</param>
    /// <returns>Completes when it has answered, and does not fail.</returns>
    public Task AskAsync(string source)
    {
        _asked ??= IdentifyAsync(source);
        return _asked.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    /// <summary>Goes some way towards relying on it, by what it has answered.</summary>
    /// <param name="source">Tells the database from any other.</param>
    /// <param name="atMost">For how long.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="Exception">Redis does not answer, or refuses, or the database does not answer.</exception>
    public async Task AdvanceAsync(string source, TimeSpan atMost, CancellationToken cancellationToken)
    {
        TakesChanges = false;
        if (_asked is not { IsCompleted: true } asked)
        {
            return;
        }

        (_asked, Failure) = (null, null);
        var (generation, servers, askedFor) = await asked;
        if (askedFor != source || !Check(servers, source))
        {
            return;
        }

        await RelayAgainAsync(servers);
        if (!shard.Gate.IsOpen)
        {
            _backlog = null;
            if (await opener.AdvanceAsync(generation, servers, atMost, cancellationToken) is not { } replayed)
            {
                _turnsFailed = 0;
                return;
            }

            (Seen, _generation) = (replayed, generation);
        }

        if (_backlog is not null && await _backlog.AdvanceAsync(atMost, cancellationToken))
        {
            _backlog = null;
        }

        TakesChanges = true;
    }

    /// <summary>Looks whether it is still the same, other than at the beginning of a turn.</summary>
    /// <exception cref="Exception">Redis does not answer, or refuses.</exception>
    public async Task WatchAsync(string source)
    {
        var servers = await cache.IdentifyAsync(shard, source);
        TakesChanges = Check(servers, source);
        await RelayAgainAsync(servers);
        _turnsFailed = 0;
    }

    /// <summary>How many keys it has.</summary>
    /// <exception cref="Exception">Redis does not answer, or refuses.</exception>
    public Task<long> CountKeysAsync() => CacheInvalidation.CountKeysAsync(shard);

    /// <summary>Has all its entries removed, whatever has changed, instead of being handed what was committed by now.</summary>
    public async Task BeginBacklogAsync(CancellationToken cancellationToken)
    {
        var backlog = newBacklog();
        await backlog.AdvanceAsync(TimeSpan.Zero, cancellationToken);
        (_backlog, Seen) = (backlog, backlog.Horizon!);
    }

    /// <summary>To be told which changes were carried out, there and on others, since it was asked last.</summary>
    public void NoteRelayed(IReadOnlyList<Change> changes) => _relayed = changes;

    /// <summary>To be told when it has failed to do something.</summary>
    public void NoteFailure(Exception failure)
    {
        (Failure, TakesChanges) = (failure, false);
        if (++_turnsFailed >= TurnsThatAreASign)
        {
            shard.Gate.Shut("changes cannot be relayed");
        }
    }

    /// <summary>To be told when it has carried out all that was handed over.</summary>
    /// <param name="seen">Up to when.</param>
    public void NoteDone(Horizon seen)
    {
        (Seen, _turnsFailed) = (seen, 0);
        if (!shard.Gate.IsOpen)
        {
            opener.Open(_generation);
        }
    }

    /// <summary>Forgets what was known of a database that may have gone back.</summary>
    public void Forget()
    {
        (_backlog, Seen) = (null, Horizon.None);
        opener.Forget();
    }

    /// <summary>Tells when the shard is not relied on any more.</summary>
    public void NoteGate()
    {
        if (_wasOpen && !shard.Gate.IsOpen)
        {
            Log.Shut(logger, shard.Gate.Reason);
        }

        _wasOpen = shard.Gate.IsOpen;
    }

    private async Task<Answer> IdentifyAsync(string source)
    {
        // From before it is asked.
        var generation = shard.Gate.Generation;
        var servers = await cache.IdentifyAsync(shard, source);
        if (!shard.Gate.IsOpen && servers.OtherOwner is null)
        {
            await cache.RehearseAsync(shard);
        }

        return new Answer(generation, servers, source);
    }

    // What was relayed after the mark was raised may be lost without it: by a failover that nobody is told of. Once more: then either this
    // goes to the new server, or the mark that was raised just now is lost too.
    private async Task RelayAgainAsync(RedisServers servers)
    {
        // While the gate is shut, all that is kept will be replayed.
        if (!servers.SayRun && shard.Gate.IsOpen
            && (await invalidator.InvalidateAsync(_relayed, [shard])).Failures.TryGetValue(shard, out var failure))
        {
            throw failure;
        }

        _relayed = [];
    }

    private bool Check(RedisServers servers, string source)
    {
        opener.Check(servers);
        var isOthers = servers.OtherOwner is not null;
        if (isOthers && !_isOthers)
        {
            Log.OtherOwner(logger, servers.OtherOwner!, source);
        }

        return !(_isOthers = isOthers);
    }

    private readonly record struct Answer(long Generation, RedisServers Servers, string Source);

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 313, Level = LogLevel.Error,
            Message = "Redis holds the cache of another database ({Other}; this one is {Source}), so that it is not used. "
                + "Give each database a Redis or a Cache:KeyPrefix of its own, or flush this Redis if the other is no more.")]
        public static partial void OtherOwner(ILogger logger, string other, string source);

        [LoggerMessage(
            EventId = 311, Level = LogLevel.Warning, Message = "Redis is not relied on for now: {Reason}. Reads go to the database.")]
        public static partial void Shut(ILogger logger, string reason);
    }
}
