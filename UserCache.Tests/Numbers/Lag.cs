namespace UserCache.Tests.Numbers;

/// <summary>How long what another SQL client has changed is not seen.</summary>
internal static class Lag
{
    /// <summary>Changes a user who is cached, and reads until that is seen.</summary>
    /// <returns>For how long it was not, in milliseconds.</returns>
    public static async Task<double> OfOneChangeAsync(Fleet fleet, UsersClient reader, long id)
    {
        await reader.GetHitAsync(id);
        var version = await fleet.UpdateBySqlAsync(id);
        var committed = Stopwatch.GetTimestamp();
        while ((await reader.GetAsync(id)).ETag != $"\"{version}\"")
        {
        }

        return Stopwatch.GetElapsedTime(committed).TotalMilliseconds;
    }

    public static double Percentile(this IReadOnlyCollection<double> values, double share) =>
        values.Order().ElementAt((int)Math.Ceiling(values.Count * share) - 1);
}
