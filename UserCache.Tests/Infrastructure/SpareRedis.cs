namespace UserCache.Tests.Infrastructure;

/// <summary>
/// Redis servers for tests that want one of their own. Replicas do not rely on a server before it has been up for a writer's deadline;
/// so that tests need not wait for that, these are started a few tests ahead.
/// </summary>
public sealed class SpareRedis(DataFolder data) : IAsyncDisposable
{
    private const int Ahead = 5;

    private readonly Queue<Task<RedisServer>> _spares = [];

    /// <summary>Starts as many as shall be ready.</summary>
    public void Prepare()
    {
        while (_spares.Count < Ahead)
        {
            _spares.Enqueue(StartAsync());
        }
    }

    /// <summary>A server that nobody has used; whoever takes it disposes of it.</summary>
    public async Task<RedisServer> TakeAsync()
    {
        var server = _spares.Dequeue();
        Prepare();
        return await server;
    }

    public async ValueTask DisposeAsync()
    {
        // One that has not started has nothing to dispose of, and has failed its test if there was one.
        foreach (var spare in _spares)
        {
            await Task.WhenAny(spare);
            if (spare.IsCompletedSuccessfully)
            {
                await (await spare).DisposeAsync();
            }
        }
    }

    private async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer(data);
        await server.StartAsync();
        return server;
    }
}
