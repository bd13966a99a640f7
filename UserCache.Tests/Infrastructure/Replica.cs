using System.Globalization;
using Npgsql;
using UserCache.Tests.Infrastructure.Servers;

namespace UserCache.Tests.Infrastructure;

/// <summary>One replica of a <see cref="Fleet"/>, and the networks between it and its servers.</summary>
public sealed record Replica(ApiServer Api, UsersClient Users, TcpProxy ToRedis, TcpProxy ToDatabase) : IAsyncDisposable
{
    /// <summary>A commit as it goes over the wire, with its end: "READ COMMITTED" is another matter.</summary>
    public const string Commit = "COMMIT\0";

    /// <summary>The setting for <see cref="RequestsAsync"/>.</summary>
    public static readonly (string Key, string Value) LogsRequests = ("Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics", "Information");

    // A machine that is busy may take longer than a replica waits otherwise.
    private const int ConnectSeconds = 15;

    private static readonly TimeSpan HoldLimit = TimeSpan.FromSeconds(30);

    public static async Task<Replica> StartAsync(RedisServer redis, string database, int databasePort, (string Key, string Value)[] settings)
    {
        var toRedis = new TcpProxy(redis.Port);
        var toDatabase = new TcpProxy(databasePort);
        try
        {
            var api = await App.StartReplicaAsync(
                $"127.0.0.1:{toRedis.Port},password={redis.Password}",
                new NpgsqlConnectionStringBuilder(database) { Port = toDatabase.Port, Timeout = ConnectSeconds }.ConnectionString,
                [("Logging:LogLevel:UserCache", "Information"), .. settings]);
            return new Replica(api, new UsersClient(api.Url), toRedis, toDatabase);
        }
        catch
        {
            await toRedis.DisposeAsync();
            await toDatabase.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the replica has logged so many requests for a user.</summary>
    /// <param name="state">"starting" or "finished", the latter also if the client has left.</param>
    /// <param name="id">Of the user.</param>
    /// <param name="count">How many.</param>
    public Task RequestsAsync(string state, long id, int count) =>
        Eventually.LoggedAsync(Api, $"Request {state} HTTP/1.1 GET {Api.Url.GetLeftPart(UriPartial.Authority)}{UsersClient.Path}/{id.ToString(CultureInfo.InvariantCulture)} ", count);

    /// <summary>Starts a read, and returns when the database has answered it but the answer is held; <see cref="TcpProxy.Release"/> lets it go.</summary>
    /// <param name="id">Of the user.</param>
    /// <param name="username">What the answer is known by.</param>
    public async Task<Task<Answer>> StartHeldReadAsync(long id, string username)
    {
        var answered = ToDatabase.HoldFrom(Direction.ToClient, username);
        return await HeldAsync(Users.GetAsync(id), answered);
    }

    /// <summary>Starts a write, and returns when its COMMIT is held; <see cref="TcpProxy.Release"/> lets it go.</summary>
    /// <param name="id">Of the user.</param>
    /// <param name="username">The new one.</param>
    /// <param name="direction">Whether it is held before the database has it, or the confirmation on its way back.</param>
    public async Task<Task<Answer>> StartHeldWriteAsync(long id, string username, Direction direction = Direction.ToServer)
    {
        var committing = ToDatabase.HoldFrom(direction, Commit);
        return await HeldAsync(Users.PutAsync(id, new { username }), committing);
    }

    private static async Task<Task<Answer>> HeldAsync(Task<Answer> call, Task held)
    {
        if (await Task.WhenAny(held, call).WaitAsync(HoldLimit) == call)
        {
            Assert.Fail($"It was to be held, and was answered: {await call}");
        }

        await held;
        return call;
    }

    public async ValueTask DisposeAsync()
    {
        Users.Dispose();
        await Api.DisposeAsync();
        await ToRedis.DisposeAsync();
        await ToDatabase.DisposeAsync();
    }
}
