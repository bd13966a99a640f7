namespace UserCache.Bench;

/// <summary>Which ids a load asks for; see <c>load.lua</c>.</summary>
internal enum Order
{
    Prepared,
    Spread,
    Once,
}

/// <summary>What is asked, again and again.</summary>
/// <param name="Name">As in the results.</param>
/// <param name="Path">With %d for an id, or %s for a list of ids.</param>
internal sealed record Workload(string Name, string Path = "/api/v1/users/%d")
{
    public const int Users = 1_000_000;

    /// <summary>For warming up: a program that is still being compiled may open its connections too late for some.</summary>
    public const int AnyStatus = 0;

    public string Method { get; init; } = "GET";

    public int First { get; init; } = 1;

    public int Count { get; init; } = 1_000;

    public int Batch { get; init; } = 1;

    public Order Order { get; init; } = Order.Prepared;

    /// <summary>The status that every answer must have.</summary>
    public int Status { get; init; } = 200;

    public int Connections { get; init; } = 64;

    /// <summary>The cache forgets it so soon that it has to be filled anew before each measurement.</summary>
    public bool IsShortLived { get; init; }

    /// <summary>Every request goes to the database.</summary>
    public bool NeedsDatabase { get; init; }

    /// <summary>No target is about it: a quick run leaves it out.</summary>
    public bool IsExtra { get; init; }

    public static Workload Hit { get; } = new("hit");

    /// <summary>The same call where there is no cache.</summary>
    public static Workload Read { get; } = Hit with { Name = "read", NeedsDatabase = true };

    public static Workload Negative { get; } = new("negative hit") { First = 2 * Users, Status = 404, IsShortLived = true };

    public static Workload Batch10 { get; } = new("batch of 10", "/api/v1/users?ids=%s") { Batch = 10, IsExtra = true };

    public static Workload Batch100 { get; } = new("batch of 100", "/api/v1/users?ids=%s") { Batch = 100 };

    public static Workload Miss { get; } = new("miss") { First = 10_000, Count = Users - 10_000, Order = Order.Once, NeedsDatabase = true };

    public static Workload Write { get; } = new("write") { Method = "PUT", NeedsDatabase = true };

    public static Workload List { get; } = new("list", "/api/v1/users?after=%d&limit=50") { IsExtra = true, NeedsDatabase = true };

    public static Workload HitOver(int connections) =>
        Hit with { Name = string.Create(CultureInfo.InvariantCulture, $"hit, {connections:N0} connections"), Connections = connections };

    public static Workload HitOf(int keys) =>
        Hit with { Name = string.Create(CultureInfo.InvariantCulture, $"hit, {keys:N0} keys"), Count = keys, Order = Order.Spread };
}
