using System.Net;

namespace UserCache.Tests.Rolling;

/// <summary>Knows which replicas say that they are ready, as a load balancer does: it asks each of them, over and over.</summary>
internal sealed class ReadyReplicas : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly CancellationTokenSource _end = new();
    private readonly Task _looking;
    private volatile Uri[] _ready = [];

    public ReadyReplicas(IReadOnlyList<Uri> replicas) => _looking = Task.Run(() => LookAsync(replicas));

    /// <summary>Those that have said so last.</summary>
    public IReadOnlyList<Uri> All => _ready;

    /// <summary>Waits until so many are ready.</summary>
    public Task BecomeAsync(int count) => Eventually.GetAsync(() => Task.FromResult(_ready.Length), ready => ready == count, Limit);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _looking;
        _http.Dispose();
        _end.Dispose();
    }

    private async Task LookAsync(IReadOnlyList<Uri> replicas)
    {
        while (!_end.IsCancellationRequested)
        {
            var areReady = await Task.WhenAll(replicas.Select(IsReadyAsync));
            _ready = [.. replicas.Zip(areReady).Where(replica => replica.Second).Select(replica => replica.First)];
            await Task.Delay(Interval, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> IsReadyAsync(Uri replica)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(replica, "/health"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
