using System.Collections.Concurrent;
using System.Net.Http.Json;

namespace UserCache.Bench.Freshness;

/// <summary>Readers of random users through random replicas, writers through random replicas, and writers by SQL.</summary>
internal sealed class Clients(IReadOnlyList<Uri> replicas, NpgsqlDataSource database) : IDisposable
{
    /// <summary>The users are 1 to this.</summary>
    public const int Users = 300;

    /// <summary>How all e-mail addresses end.</summary>
    public const string Domain = "@example.com";

    public const int Readers = 32;

    /// <summary>Through the API, and as many by SQL.</summary>
    public const int Writers = 8;

    // With these neither the machine nor a contestant is near its limit.
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(12);
    private static readonly TimeSpan WritePause = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private int _failedReads;
    private int _failedWrites;

    public ConcurrentQueue<Read> Reads { get; } = [];

    public ConcurrentQueue<Write> Writes { get; } = [];

    /// <summary>Reads that were answered by an error, or not at all.</summary>
    public int FailedReads => _failedReads;

    /// <summary>
    /// Writes through the API that were answered by an error, or not at all. They may have been made, and count as not acknowledged.
    /// </summary>
    public int FailedWrites => _failedWrites;

    public Task RunAsync(CancellationToken end) =>
        Task.WhenAll(
        [
            .. Many(Readers, ReadAsync, ReadPause, end),
            .. Many(Writers, WriteAsync, WritePause, end),
            .. Many(Writers, WriteSqlAsync, WritePause, end),
        ]);

    public void Dispose() => _http.Dispose();

    private static IEnumerable<Task> Many(int clients, Func<long, Task> call, TimeSpan pause, CancellationToken end) =>
        Enumerable.Range(0, clients).Select(async _ =>
        {
            while (!end.IsCancellationRequested)
            {
                await call(Random.Shared.Next(1, Users + 1));
                await Task.Delay(2 * Random.Shared.NextDouble() * pause, CancellationToken.None);
            }
        });

    private async Task ReadAsync(long user)
    {
        var begun = Stopwatch.GetTimestamp();
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, Url(user)));
        if (answer is null)
        {
            Interlocked.Increment(ref _failedReads);
            return;
        }

        Reads.Enqueue(new Read(user, await VersionAsync(answer), begun));
    }

    private async Task WriteAsync(long user)
    {
        var input = JsonContent.Create(new { username = $"user-{user}", email = NewEmail() });
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Put, Url(user)) { Content = input });
        var acknowledged = Stopwatch.GetTimestamp();
        if (answer is null)
        {
            Interlocked.Increment(ref _failedWrites);
            return;
        }

        // Only UserCache says so.
        var isPending = answer.Headers.TryGetValues("Cache-Status", out var status)
            && status.Any(line => line.Contains("invalidation-pending", StringComparison.Ordinal));
        Writes.Enqueue(new Write(user, await VersionAsync(answer), isPending ? Writer.ApiPending : Writer.Api, acknowledged));
    }

    private async Task WriteSqlAsync(long user)
    {
        await using var update = database.CreateCommand("UPDATE users SET email = $1 WHERE id = $2 RETURNING version");
        update.Parameters.AddWithValue(NewEmail());
        update.Parameters.AddWithValue(user);
        // Returns when the change is committed.
        var version = (long)(await update.ExecuteScalarAsync())!;
        Writes.Enqueue(new Write(user, version, Writer.Sql, Stopwatch.GetTimestamp()));
    }

    /// <returns>The whole answer; <see langword="null"/> if it is an error, or there is none.</returns>
    private async Task<HttpResponseMessage?> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            try
            {
                var answer = await _http.SendAsync(request);
                if (answer.IsSuccessStatusCode)
                {
                    return answer;
                }

                answer.Dispose();
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
            {
            }

            return null;
        }
    }

    private Uri Url(long user) => new(replicas[Random.Shared.Next(replicas.Count)], $"/api/v1/users/{user}");

    private static string NewEmail() => $"{Guid.NewGuid():N}{Domain}";

    private static async Task<long> VersionAsync(HttpResponseMessage answer)
    {
        using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        return json.RootElement.GetProperty("data").GetProperty("version").GetInt64();
    }
}
