using System.Diagnostics.CodeAnalysis;

namespace UserCache.AppHost.Servers;

/// <summary>
/// Chooses where Redis and PostgreSQL run: in containers where an engine answers, otherwise as processes of this machine.
/// </summary>
internal static class ServerChoice
{
    private const string Setting = "Servers";
    private const string Containers = "containers";
    private const string Processes = "processes";
    private const string EngineSetting = "ASPIRE_CONTAINER_RUNTIME";

    /// <summary>Chooses, and says what was chosen.</summary>
    /// <param name="builder">The graph's builder.</param>
    /// <param name="servers">The choice.</param>
    /// <returns><see langword="false"/> when there is nothing to choose; one sentence on standard error says what to do.</returns>
    public static bool TryChooseServers(this IDistributedApplicationBuilder builder, [NotNullWhen(true)] out IServers? servers)
    {
        // What is published must not depend on the machine that it is published from.
        if (builder.ExecutionContext.IsPublishMode)
        {
            servers = new OutsideServers(builder);
            return true;
        }

        (servers, var sentence) = Choose(builder, builder.Configuration[Setting]);
        (servers is null ? Console.Error : Console.Out).WriteLine(sentence);
        return servers is not null;
    }

    private static (IServers? Servers, string Sentence) Choose(IDistributedApplicationBuilder builder, string? wanted)
    {
        if (wanted is not (null or Containers or Processes))
        {
            return (null, $"--servers is \"{wanted}\": it must be {Containers} or {Processes}, or left out.");
        }

        if (wanted is not Processes && ContainerEngine.Find(builder.Configuration[EngineSetting]) is { } engine)
        {
            return (new ContainerServers(builder), $"Redis and PostgreSQL run in containers ({engine} answers).");
        }

        if (wanted is Containers)
        {
            return (null, $"No container engine answers: start Docker or Podman, or leave --servers out.");
        }

        return Programs.Redis is { } redis && Programs.Postgres is { } postgres
            ? (new ProcessServers(builder, redis, postgres), "Redis and PostgreSQL run as processes of this machine.")
            : (null, $"This machine lacks {Missing()}: {Advice()}.");
    }

    private static string Missing() =>
        Programs.Postgres is not null ? "Redis"
        : Programs.Redis is not null ? "PostgreSQL"
        : "Redis and PostgreSQL";

    private static string Advice() =>
        OperatingSystem.IsWindows() ? "start Docker or Podman"
        : OperatingSystem.IsMacOS() ? "\"brew install redis postgresql\" installs both, or start Docker or Podman"
        : File.Exists("/etc/debian_version") ? "\"sudo apt-get install redis-server postgresql\" installs both, or start Docker or Podman"
        : "install what is missing with this system's package manager, or start Docker or Podman";
}
