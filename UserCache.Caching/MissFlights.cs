using System.Diagnostics;

namespace UserCache.Caching;

/// <summary>Lets the readers of this process who miss the same key at the same time share what one of them reads.</summary>
internal sealed class MissFlights(MissHandler misses)
{
    private readonly SingleFlight<(FreshResult Fresh, ActivityContext Trace)> _flights = new();

    /// <summary>How many readers wait for one read of the source.</summary>
    public int Waiting(string key) => _flights.Waiting(key);

    /// <summary>Joins the flight of a key, or starts one.</summary>
    /// <param name="miss">The key.</param>
    /// <param name="arrival">A timestamp from when the reader came.</param>
    /// <param name="span">The reader's.</param>
    /// <param name="cancellationToken">Ends the reader's wait.</param>
    /// <exception cref="Exception">What the source throws; never because of Redis.</exception>
    public async Task<CacheResult> JoinAsync(Miss miss, long arrival, Activity? span, CancellationToken cancellationToken)
    {
        while (true)
        {
            var ((flight, trace), joined) = await _flights.RunAsync(
                miss.Key,
                async cancellation => ((await misses.ReadAsync([miss], cancellation))[0], span?.Context ?? default),
                cancellationToken);
            if (!joined)
            {
                return flight.Result;
            }

            // What was read before this reader came may be older than a write that was acknowledged before it came.
            if (flight.AsOf >= arrival)
            {
                CacheTelemetry.Joined(span, trace);
                return new CacheResult(
                    flight.Result.Outcome == CacheOutcome.Bypass ? CacheOutcome.Bypass : CacheOutcome.Collapsed, flight.Result.Payload)
                {
                    Shared = true,
                };
            }
        }
    }
}
