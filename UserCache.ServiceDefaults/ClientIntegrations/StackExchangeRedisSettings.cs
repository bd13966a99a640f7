namespace Aspire.StackExchange.Redis;

/// <summary>Settings of the Redis client integration; section <c>Aspire:StackExchange:Redis[:{name}]</c>.</summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>Connection string in StackExchange.Redis' format. <c>ConnectionStrings:{name}</c> wins over it.</summary>
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }
}
