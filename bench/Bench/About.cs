using System.Runtime.InteropServices;

namespace UserCache.Bench;

/// <summary>On what, of what and when was measured.</summary>
internal sealed class About
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, string> _facts = [];

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Each with its name.</summary>
    public IReadOnlyDictionary<string, string> Facts => _facts;

    /// <param name="run">What was run.</param>
    public static async Task<About> ThisRunAsync(string run)
    {
        var about = new About();
        about._facts["run"] = run;
        about._facts["date"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        // What the bench writes itself does not count.
        var changes = await OutputAsync(
            "git", "-C", Repository.Root, "status", "--porcelain", "--", ":/", ":!/bench/results.*", ":!/bench/freshness.*");
        about._facts["commit"] = await OutputAsync("git", "-C", Repository.Root, "rev-parse", "--short", "HEAD")
            + (changes.Length > 0 ? ", with changes that are not committed" : "");
        about._facts["machine"] = string.Create(
            CultureInfo.InvariantCulture,
            $"{Of("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores for load, contestants and servers, "
            + $"{long.Parse(Of("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) >> 20} GiB; "
            + $"{RuntimeInformation.OSDescription}");
        return about;
    }

    /// <summary>The name of the fact that a part of the bench came to nothing.</summary>
    public static string FailureOf(IPart part) => $"{part.Name} failed";

    /// <summary>Notes that a part of the bench came to nothing.</summary>
    public void AddFailure(IPart part, string why) => _facts[FailureOf(part)] = why.ReplaceLineEndings(" ");

    /// <summary>Adds the versions, and asks the servers for theirs.</summary>
    public async Task AddServersAsync(Field field)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(field.Redis.ConnectionString);
        await using var postgres = NpgsqlDataSource.Create(field.Postgres.ConnectionString);
        await using var version = postgres.CreateCommand("SHOW server_version");
        var peers = Path.Combine(Repository.Root, "bench/Peers/bin", Repository.Configuration, "net10.0/Peers.deps.json");
        using var packages = JsonDocument.Parse(await File.ReadAllTextAsync(peers));
        string[] wanted =
        [
            "StackExchange.Redis", "Npgsql", "Microsoft.EntityFrameworkCore", "Microsoft.Extensions.Caching.Hybrid",
            "ZiggyCreatures.FusionCache",
        ];
        var wrk = await OutputAsync("wrk", "--version");
        var python = await OutputAsync(
            "/usr/bin/python3", "-c",
            "import fastapi, redis, sqlalchemy, uvicorn; "
            + "print(*(f', {m.__name__} {m.__version__}' for m in (fastapi, redis, sqlalchemy, uvicorn)), sep='')");
        _facts["versions"] = string.Join(
            ", ",
            [
                $".NET {Environment.Version}",
                .. packages.RootElement.GetProperty("libraries").EnumerateObject()
                    .Select(package => package.Name.Split('/'))
                    .Where(package => wanted.Contains(package[0]))
                    .Select(package => string.Join(' ', package)),
                $"Redis {redis.GetServers()[0].Version}",
                $"PostgreSQL {await version.ExecuteScalarAsync()}",
                string.Join(' ', wrk.Split(' ').Take(2)),
                $"{await OutputAsync("/usr/bin/python3", "--version")}{python}",
            ]);
    }

    private static string Of(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

    private static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        await using var process = await SupervisedProcess.StartAsync(new ProcessSpec(program, arguments), TimeSpan.FromSeconds(30));
        await process.Exited;
        return process.Output.FirstOrDefault("");
    }
}
