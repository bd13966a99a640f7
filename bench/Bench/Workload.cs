namespace UserCache.Bench;

/// <summary>What is asked, again and again.</summary>
/// <param name="Name">As in the results.</param>
/// <param name="Path">With %d for an id, or %s for a list of ids.</param>
internal sealed record Workload(string Name, string Path = "/api/v1/users/%d")
{
    public const int Users = 1_000_000;

    public string Method { get; init; } = "GET";

    public int First { get; init; } = 1;

    public int Count { get; init; } = 1_000;

    public int Batch { get; init; } = 1;

    /// <summary>Each id once, so that none is in the cache.</summary>
    public bool Once { get; init; }

    /// <summary>The status that every answer must have.</summary>
    public int Status { get; init; } = 200;

    public int Connections { get; init; } = 64;

    public static Workload Hit { get; } = new("hit");

    public static Workload Negative { get; } = new("negative hit") { First = 2 * Users, Status = 404 };

    public static Workload Batch10 { get; } = new("batch of 10", "/api/v1/users?ids=%s") { Batch = 10 };

    public static Workload Batch100 { get; } = new("batch of 100", "/api/v1/users?ids=%s") { Batch = 100 };

    public static Workload Miss { get; } = new("miss") { First = 10_000, Count = Users - 10_000, Once = true };

    public static Workload Write { get; } = new("write") { Method = "PUT" };

    public static Workload List { get; } = new("list", "/api/v1/users?after=%d&limit=50");
}
