using System.Collections.Concurrent;
using System.Net.Http.Json;

namespace UserCache.Tests.Rolling;

/// <summary>
/// Clients that read and write all the time, and do not try again: each call goes to some replica that is ready, and whatever is not
/// the answer that was asked for is a failure.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    /// <summary>How many there are.</summary>
    public const int Clients = 4;

    private const int BatchSize = 10;

    // What the machine can do is not the matter: replicas have to start beside the load.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // As the connections of a proxy: kept, and used again.
    private readonly HttpClient _http = new(new SocketsHttpHandler { ActivityHeadersPropagator = null })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    private readonly ReadyReplicas _replicas;
    private readonly long[] _ids;
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task[] _clients;
    private long _calls;

    public SteadyLoad(ReadyReplicas replicas, long[] ids)
    {
        (_replicas, _ids) = (replicas, ids);
        _clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => RunAsync(new Random(client))))];
    }

    /// <summary>How many calls have come to their end, well or not.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Those that did not get their answer.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Waits for so many more calls.</summary>
    public Task GoOnAsync(long calls)
    {
        var enough = Calls + calls;
        return Eventually.GetAsync(() => Task.FromResult(Calls), done => done >= enough, TimeSpan.FromMinutes(1));
    }

    /// <summary>Ends it, and asserts that every call had its answer.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_clients);
        Assert.True(_failures.IsEmpty, $"{_failures.Count} of {Calls} calls failed: {string.Join('\n', _failures.Take(10))}");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_clients);
        _http.Dispose();
        _end.Dispose();
    }

    private async Task RunAsync(Random random)
    {
        while (!_end.IsCancellationRequested)
        {
            var ready = _replicas.All;
            if (ready.Count == 0)
            {
                _failures.Enqueue("no replica was ready");
                return;
            }

            await CallAsync(ready[random.Next(ready.Count)], random);
            Interlocked.Increment(ref _calls);
            await Task.Delay(Pause);
        }
    }

    private async Task CallAsync(Uri replica, Random random)
    {
        var id = _ids[random.Next(_ids.Length)];
        using var request = random.Next(10) switch
        {
            0 => new HttpRequestMessage(HttpMethod.Put, Target(replica, $"/{id}"))
            {
                Content = JsonContent.Create(new { username = $"user-{id}", email = $"{random.Next()}@example.com" }),
            },
            1 => new HttpRequestMessage(HttpMethod.Get, Target(replica, $"?ids={string.Join(',', random.GetItems(_ids, BatchSize))}")),
            2 => new HttpRequestMessage(HttpMethod.Get, Target(replica, "?limit=5")),
            _ => new HttpRequestMessage(HttpMethod.Get, Target(replica, $"/{id}")),
        };
        try
        {
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode)
            {
                _failures.Enqueue($"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {text}");
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or TaskCanceledException)
        {
            _failures.Enqueue($"{request.Method} {request.RequestUri}: {failure.GetBaseException().Message}");
        }
    }

    private static Uri Target(Uri replica, string call) => new(replica, UsersClient.Path + call);
}
