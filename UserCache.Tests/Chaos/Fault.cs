namespace UserCache.Tests.Chaos;

/// <summary>The ways in which the servers are broken.</summary>
internal enum FaultKind
{
    /// <summary>Killed, and started again empty.</summary>
    RedisKilled,
    RedisPaused,

    /// <summary>Stopped, and started again with what it held some time before: it has not seen the deletions since.</summary>
    RedisRestarted,

    /// <summary>Told to hold no more than it does.</summary>
    RedisFull,

    /// <summary>The primary is killed, and a replica that is up to date takes over.</summary>
    RedisFailover,

    /// <summary>The primary is killed, and a replica takes over that has heard nothing from it for some time.</summary>
    RedisStaleFailover,

    /// <summary>
    /// Behind the proxy, which keeps the connections, a replica takes over that has heard nothing from the primary for some time.
    /// </summary>
    RedisSwapped,

    /// <summary>Behind the proxy, which keeps the connections, an empty server takes over.</summary>
    RedisSwappedForEmpty,

    /// <summary>One replica of the API can't reach Redis: its connections are closed.</summary>
    LinkCut,

    /// <summary>One replica of the API can't reach Redis: its connections are silent. In the end all arrives that was under way.</summary>
    LinkHeld,
    PostgresPaused,
    PostgresRestarted,
    PostgresKilled,
    ApiKilled,

    /// <summary>One replica of the API gets slow answers from Redis.</summary>
    LinkSlow,

    /// <summary>One replica of the API gets slow answers from PostgreSQL.</summary>
    DatabaseLinkSlow,
}

/// <summary>What a fault takes away. Two faults of one area don't go on at once.</summary>
internal enum FaultArea
{
    Redis,
    Link,
    Database,
    Api,

    /// <summary>Nothing, but it all takes longer: moments in which something could go wrong become long ones.</summary>
    Pace,
}

/// <summary>A fault that took place.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Replica">To which replica of the API; -1 where it was to none in particular.</param>
/// <param name="Begin">Just before, as a Stopwatch timestamp.</param>
/// <param name="End">When it was undone and the server was there again, likewise.</param>
internal readonly record struct Fault(FaultKind Kind, int Replica, long Begin, long End)
{
    public FaultArea Area => AreaOf(Kind);

    public static FaultArea AreaOf(FaultKind kind) => kind switch
    {
        FaultKind.LinkCut or FaultKind.LinkHeld => FaultArea.Link,
        FaultKind.PostgresPaused or FaultKind.PostgresRestarted or FaultKind.PostgresKilled => FaultArea.Database,
        FaultKind.ApiKilled => FaultArea.Api,
        FaultKind.LinkSlow or FaultKind.DatabaseLinkSlow => FaultArea.Pace,
        _ => FaultArea.Redis,
    };
}
