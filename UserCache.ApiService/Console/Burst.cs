using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using UserCache.Caching;

namespace UserCache.ApiService.Console;

/// <summary>Which row of which cache to read.</summary>
internal sealed record BurstRequest(string? Cache, string? Id);

/// <summary>What came of it.</summary>
/// <param name="Reads">How many reads there were at once.</param>
/// <param name="Outcomes">How they were answered.</param>
/// <param name="DatabaseReads">How many of them read the database.</param>
/// <param name="Milliseconds">Until the last had its answer.</param>
internal sealed record BurstResponse(int Reads, IReadOnlyDictionary<string, int> Outcomes, int DatabaseReads, double Milliseconds);

/// <summary>A stampede on order: many reads at once of one row that is not cached.</summary>
internal static class Burst
{
    public const int Reads = 200;

    public static async Task<Results<Ok<BurstResponse>, ProblemHttpResult>> Fire(
        [FromBody] BurstRequest request, CacheSet caches, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request is not { Cache: { } name, Id: { } id } || !caches.TryGet(name, out var cache) || !cache.Admin.IsKey(id))
        {
            return TypedResults.Problem(
                "A burst needs the name of a cache and the id of one of its rows, such as {\"cache\": \"users\", \"id\": \"1\"}.",
                statusCode: StatusCodes.Status400BadRequest);
        }

        // Not while the database is away: what is cached would be all there is.
        await cache.Admin.ReadSourceAsync(id, cancellationToken);
        try
        {
            await cache.EvictAsync(id, cancellationToken);
        }
        // Then it is not answered from there either.
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
        }

        var started = time.GetTimestamp();
        var reads = new int[Reads].Select(_ => Task.Run(() => cache.GetAsync(id, cancellationToken).AsTask(), cancellationToken));
        var results = await Task.WhenAll(reads);
        var outcomes = results.CountBy(result => CacheTelemetry.Name(result.Outcome)).ToDictionary();
        var databaseReads = results.Count(result => result is { Outcome: CacheOutcome.Miss or CacheOutcome.Bypass, Shared: false });
        return TypedResults.Ok(new BurstResponse(Reads, outcomes, databaseReads, time.GetElapsedTime(started).TotalMilliseconds));
    }
}
