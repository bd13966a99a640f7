namespace UserCache.Tests.Console;

/// <summary>
/// Steady calls of some replicas, so that the console has something to show: reads, a few of them of unknown users, and now and then a
/// write.
/// </summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int UnknownEvery = 30;
    private const int WriteEvery = 50;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private Traffic(IEnumerable<Replica> replicas, long[] ids) =>
        _running = Task.WhenAll(replicas.Select(replica => Task.Run(() => CallAsync(replica, ids))));

    /// <param name="replicas">Each gets forty calls a second.</param>
    /// <param name="ids">Of the users that are read and written.</param>
    public static Traffic Start(IEnumerable<Replica> replicas, long[] ids) => new(replicas, ids);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task CallAsync(Replica replica, long[] ids)
    {
        using var timer = new PeriodicTimer(Interval);
        for (var call = 1; !_stop.IsCancellationRequested; call++)
        {
            var id = ids[call % ids.Length];
            var (expected, calling) = call switch
            {
                _ when call % WriteEvery == 0 => (200, replica.Users.PutAsync(id, new { username = UsersClient.NewName() })),
                _ when call % UnknownEvery == 0 => (404, replica.Users.GetAsync(ids[^1] + 100_000 + call)),
                _ => (200, replica.Users.GetAsync(id)),
            };
            Assert.Equal(expected, (await calling).Status);
            await timer.WaitForNextTickAsync();
        }
    }
}
