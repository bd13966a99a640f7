namespace UserCache.Tests.Chaos;

internal enum OperationKind : byte
{
    Read,
    ApiWrite,
    SqlWrite,

    /// <summary>Past the API, straight from PostgreSQL: such reads see each change at the moment of its commit.</summary>
    SqlRead,
}

internal enum Outcome : byte
{
    /// <summary>Answered. A write is committed, and each cached value that it made obsolete is gone.</summary>
    Ok,

    /// <summary>A write is committed, but the replica could not tell Redis: the relay has to.</summary>
    Pending,

    /// <summary>"There is no such row."</summary>
    NotFound,

    /// <summary>Refused, or broken off by PostgreSQL. A write may have been committed.</summary>
    Unavailable,

    /// <summary>The connection to the replica broke or was refused. A write may have been committed.</summary>
    Lost,

    /// <summary>An answer that no state of the servers explains.</summary>
    Senseless,
}

/// <summary>What one client did and saw. A class of its own for each kind would cost memory: there are millions.</summary>
/// <param name="Kind">What was asked.</param>
/// <param name="Client">Who asked. A client does one thing after the other.</param>
/// <param name="Replica">Which replica of the API was asked; -1 for PostgreSQL.</param>
/// <param name="Key">The row: see <see cref="ChaosRow"/>.</param>
/// <param name="Begin">Before the request was sent, as a Stopwatch timestamp.</param>
/// <param name="End">After the answer was read, likewise.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Version">What was read or written; 0 when that is not known.</param>
/// <param name="Content">A hash of what was read or written, to compare within this process.</param>
/// <param name="IsHit">Whether the API said that it took it from the cache.</param>
/// <param name="IsNear">Whether it said that this was a copy of its own.</param>
/// <param name="Detail">What was wrong, for a person.</param>
internal readonly record struct Operation(
    OperationKind Kind, int Client, int Replica, int Key, long Begin, long End,
    Outcome Outcome, long Version = 0, int Content = 0, bool IsHit = false, bool IsNear = false, string? Detail = null)
{
    public bool IsRead => Kind is OperationKind.Read or OperationKind.SqlRead;

    /// <summary>A read with a version, or a write that is known to be committed.</summary>
    public bool IsAnswered => Outcome is Outcome.Ok or Outcome.Pending;

    /// <summary>A write whose acknowledgement promises that no later read is older.</summary>
    public bool IsConfirmed => Kind == OperationKind.ApiWrite && Outcome == Outcome.Ok;
}
