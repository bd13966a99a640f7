using System.Collections.Concurrent;

namespace UserCache.Caching;

/// <summary>
/// Lets callers who want the same key at the same time share one flight. It flies as long as someone waits for it: when the last
/// one leaves it is cancelled, and the key is free at once.
/// </summary>
internal sealed class SingleFlight<T>
{
    private readonly ConcurrentDictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    /// <summary>How many wait for the flight of a key.</summary>
    public int Waiting(string key) => _flights.TryGetValue(key, out var flight) ? flight.Passengers : 0;

    /// <summary>Joins the flight of a key, or starts one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="start">Starts a flight; its token is cancelled when nobody waits any more.</param>
    /// <param name="cancellationToken">Ends the caller's wait.</param>
    /// <returns>What the flight brought, and whether it was under way when the caller came.</returns>
    public async Task<(T Value, bool Joined)> RunAsync(
        string key, Func<CancellationToken, Task<T>> start, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_flights.TryGetValue(key, out var flight))
            {
                flight = new Flight();
                if (_flights.TryAdd(key, flight))
                {
                    _ = FlyAsync(key, flight, start);
                    return (await WaitAsync(key, flight, cancellationToken), Joined: false);
                }
            }
            else if (flight.TryBoard())
            {
                return (await WaitAsync(key, flight, cancellationToken), Joined: true);
            }
            else
            {
                Remove(key, flight);
            }
        }
    }

    private async Task<T> WaitAsync(string key, Flight flight, CancellationToken cancellationToken)
    {
        try
        {
            return await flight.Landing.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            if (flight.Leave())
            {
                Remove(key, flight);
                await flight.Cancellation.CancelAsync();
            }
        }
    }

    private async Task FlyAsync(string key, Flight flight, Func<CancellationToken, Task<T>> start)
    {
        try
        {
            var value = await start(flight.Cancellation.Token);
            // First: whoever comes from here on should not get what was read before.
            Remove(key, flight);
            flight.Landing.SetResult(value);
        }
        // Nobody waits any more, whatever it is.
        catch (Exception) when (flight.Cancellation.IsCancellationRequested)
        {
            flight.Landing.SetCanceled();
        }
        catch (Exception failure)
        {
            Remove(key, flight);
            flight.Landing.SetException(failure);
        }
    }

    private void Remove(string key, Flight flight) => _flights.TryRemove(KeyValuePair.Create(key, flight));

    private sealed class Flight
    {
        private int _passengers = 1;

        public int Passengers => Volatile.Read(ref _passengers);

        // Not disposed: it has no timer, and the flight may still look at its token when everyone has left.
        public CancellationTokenSource Cancellation { get; } = new();

        public TaskCompletionSource<T> Landing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <returns><see langword="false"/> when everyone has left, and it is being cancelled.</returns>
        public bool TryBoard()
        {
            for (var passengers = Volatile.Read(ref _passengers); passengers > 0; passengers = Volatile.Read(ref _passengers))
            {
                if (Interlocked.CompareExchange(ref _passengers, passengers + 1, passengers) == passengers)
                {
                    return true;
                }
            }

            return false;
        }

        /// <returns>Whether the one who leaves is the last.</returns>
        public bool Leave() => Interlocked.Decrement(ref _passengers) == 0;
    }
}
