using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using UserCache.Caching;
using UserCache.ApiService.Users;

namespace UserCache.ApiService.Console;

/// <summary>Which user to read.</summary>
internal sealed record BurstRequest(long Id);

/// <summary>What came of it.</summary>
/// <param name="Reads">How many reads there were at once.</param>
/// <param name="Outcomes">How they were answered.</param>
/// <param name="DatabaseReads">How many of them read the database.</param>
/// <param name="Milliseconds">Until the last had its answer.</param>
internal sealed record BurstResponse(int Reads, IReadOnlyDictionary<string, int> Outcomes, int DatabaseReads, double Milliseconds);

/// <summary>A stampede on order: many reads at once of one user that is not cached.</summary>
internal static class Burst
{
    public const int Reads = 200;

    public static async Task<Results<Ok<BurstResponse>, ProblemHttpResult>> Fire(
        [FromBody] BurstRequest request, CacheAdmin admin, CachedUsers users, UserKeys keys, TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (request.Id < 1)
        {
            return UserProblems.NoUserId(request.Id);
        }

        // Not while the database is away: what is cached would be all there is. Nobody has this id.
        await admin.ReadSourceAsync(keys.Of(0), cancellationToken);
        try
        {
            await admin.EvictAsync(keys.Of(request.Id));
        }
        // Then it is not answered from there either.
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
        }

        var started = time.GetTimestamp();
        var reads = new int[Reads].Select(_ => Task.Run(() => users.GetAsync(request.Id, cancellationToken).AsTask(), cancellationToken));
        var results = await Task.WhenAll(reads);
        var outcomes = results.CountBy(result => CacheTelemetry.Name(result.Outcome)).ToDictionary();
        var databaseReads = results.Count(result => result is { Outcome: CacheOutcome.Miss or CacheOutcome.Bypass, Shared: false });
        return TypedResults.Ok(new BurstResponse(Reads, outcomes, databaseReads, time.GetElapsedTime(started).TotalMilliseconds));
    }
}
