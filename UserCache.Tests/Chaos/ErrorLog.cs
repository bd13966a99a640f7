namespace UserCache.Tests.Chaos;

/// <summary>Keeps the first errors that one replica logs: each begins with a line of its own, and indented lines follow.</summary>
internal sealed class ErrorLog
{
    private const int KeptLines = 60;

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private bool _isError;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>To be called with each line of the replica's output.</summary>
    public void Add(string line)
    {
        lock (_lock)
        {
            _isError = line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal)
                || (_isError && line.StartsWith(' '));
            if (_isError && _lines.Count < KeptLines)
            {
                _lines.Add(line);
            }
        }
    }
}
