using System.Net;

namespace UserCache.Caching;

/// <summary>The gates of all shards of Redis: one for all keys, unless it is a cluster.</summary>
public sealed class CacheGates
{
    private readonly Lock _writing = new();
    private volatile CacheGate[] _all;

    /// <summary>One gate for all keys; nobody knows yet whether there are more.</summary>
    public CacheGates() => _all = [Whole];

    /// <summary>Whether all cached values are believed.</summary>
    public bool IsOpen => Array.TrueForAll(_all, gate => gate.IsOpen);

    /// <summary>Whether all of Redis has done what was asked of it since the last sign: gates that are shut will be opened soon.</summary>
    public bool IsCatchingUp => Array.TrueForAll(_all, gate => gate.IsOpen || gate.IsCatchingUp);

    /// <summary>The sign that shut one of those that are shut, or the last one.</summary>
    public string Reason => (Array.Find(_all, gate => !gate.IsOpen) ?? _all.MaxBy(gate => gate.Generation))!.Reason;

    /// <summary>Grows each time one of them is shut, even when it was shut already.</summary>
    public long Generation => _all.Max(gate => gate.Generation);

    /// <summary>The gate of all keys, where Redis is no cluster.</summary>
    internal CacheGate Whole { get; } = new();

    /// <summary>Has these be all from now on. Those that are not among them any more are shut for good.</summary>
    internal void Be(CacheGate[] gates)
    {
        lock (_writing)
        {
            var left = _all.Except(gates).ToList();
            _all = gates;
            left.ForEach(gate => gate.Shut("it has no keys any more"));
        }
    }

    /// <summary>Shuts the gate of one server's keys, or that of all of them.</summary>
    internal void Shut(EndPoint? server, string reason)
    {
        foreach (var gate in _all)
        {
            if (gate.Server is null || gate.Server.Equals(server))
            {
                gate.Shut(reason);
            }
        }
    }
}
