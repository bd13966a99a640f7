using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>What a <see cref="TcpProxy"/> holds back at the moment, and what it waits for to do so.</summary>
internal sealed class TcpProxyHolds
{
    private readonly Lock _lock = new();
    private readonly HashSet<(TcpProxyConnection Connection, Direction Direction)> _trapped = [];
    private Direction _held;
    private TimeSpan _longestDelay;
    private Trap? _trap;
    private TaskCompletionSource _released = New();

    public void Hold(Direction direction)
    {
        lock (_lock)
        {
            _held |= direction;
        }
    }

    public Task HoldFrom(Direction direction, string text)
    {
        lock (_lock)
        {
            _trap?.Sprung.TrySetCanceled();
            _trap = new Trap(direction, Encoding.ASCII.GetBytes(text));
            return _trap.Sprung.Task;
        }
    }

    public void Slow(TimeSpan longest)
    {
        lock (_lock)
        {
            _longestDelay = longest;
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            _held = Direction.None;
            _trapped.Clear();
            _trap?.Sprung.TrySetCanceled();
            _trap = null;
            _released.SetResult();
            _released = New();
        }
    }

    /// <summary>Returns when these bytes may go on, or have nowhere to go.</summary>
    public async Task PassAsync(TcpProxyConnection connection, Direction direction, ReadOnlyMemory<byte> bytes, Task closed)
    {
        var delay = Spring(connection, direction, bytes.Span);
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay);
        }

        // A new hold may begin before a released one has noticed.
        while (!closed.IsCompleted && Obstacle(connection, direction) is { } released)
        {
            await Task.WhenAny(released, closed);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <returns>How long these bytes have to wait at least.</returns>
    private TimeSpan Spring(TcpProxyConnection connection, Direction direction, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_trap is { } trap && trap.Direction.HasFlag(direction) && trap.Completes(connection, direction, bytes))
            {
                _trap = null;
                _trapped.Add((connection, direction));
                trap.Sprung.SetResult();
            }

            return _longestDelay * Random.Shared.NextDouble();
        }
    }

    private Task? Obstacle(TcpProxyConnection connection, Direction direction)
    {
        lock (_lock)
        {
            return _held.HasFlag(direction) || _trapped.Contains((connection, direction)) ? _released.Task : null;
        }
    }

    private sealed class Trap(Direction direction, byte[] text)
    {
        // The end of what each connection carried so far, for a text may come in pieces.
        private readonly Dictionary<(TcpProxyConnection Connection, Direction Direction), byte[]> _tails = [];

        public Direction Direction => direction;

        public TaskCompletionSource Sprung { get; } = New();

        public bool Completes(TcpProxyConnection connection, Direction direction, ReadOnlySpan<byte> bytes)
        {
            var tail = _tails.GetValueOrDefault((connection, direction), []);
            byte[] seen = [.. tail, .. bytes];
            _tails[(connection, direction)] = seen[^Math.Min(text.Length - 1, seen.Length)..];
            return seen.AsSpan().IndexOf(text) >= 0;
        }
    }
}
