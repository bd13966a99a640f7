using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using StackExchange.Redis;

namespace UserCache.ApiService;

/// <summary>How Redis is reached.</summary>
/// <param name="Options">In StackExchange.Redis' format.</param>
/// <param name="User">Of a URL; in the options otherwise.</param>
/// <param name="Password">The same: in the options a comma would end it.</param>
internal sealed record RedisConnection(string Options, string? User = null, string? Password = null);

/// <summary>
/// Connection strings as people have them: in the drivers' formats, or as URLs. The drivers take whatever they don't understand for a host,
/// and hosts are told to logs, metrics and traces: what can't be one is refused, for it may be a part of a password.
/// </summary>
internal static class ConnectionStrings
{
    private const int RedisPort = 6379;

    /// <summary>Understands Redis' connection string: StackExchange.Redis' format, <c>redis://</c>, or <c>rediss://</c> for TLS.</summary>
    public static bool TryParseRedis(string? text, [NotNullWhen(true)] out RedisConnection? connection)
    {
        connection = TryParseUrl(text, out var url) ? FromRedisUrl(url) : new RedisConnection(text ?? "");
        return connection is not null && IsForRedis(connection.Options);
    }

    /// <summary>Understands PostgreSQL's connection string: Npgsql's format, <c>postgres://…</c> or <c>postgresql://…</c>.</summary>
    /// <param name="text">The connection string.</param>
    /// <param name="connection">It, in Npgsql's format.</param>
    public static bool TryParsePostgres(string? text, [NotNullWhen(true)] out string? connection)
    {
        connection = null;
        try
        {
            var parsed = TryParseUrl(text, out var url) ? FromPostgresUrl(url) : new NpgsqlConnectionStringBuilder(text);
            if (parsed?.Host?.Split(',', StringSplitOptions.TrimEntries) is { } hosts && Array.TrueForAll(hosts, IsPostgresHost))
            {
                connection = parsed.ConnectionString;
            }
        }
        // A keyword that is none, or a value that is none for its keyword.
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or OverflowException)
        {
        }

        return connection is not null;
    }

    private static bool TryParseUrl(string? text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && text!.StartsWith($"{url.Scheme}://", StringComparison.OrdinalIgnoreCase);

    private static RedisConnection? FromRedisUrl(Uri url)
    {
        var database = url.AbsolutePath.Trim('/');
        if (url is not { Scheme: "redis" or "rediss", Query: "", Fragment: "" } || !database.All(char.IsAsciiDigit))
        {
            return null;
        }

        var (user, password) = Credentials(url);
        var port = url.Port < 0 ? RedisPort : url.Port;
        var options = string.Create(CultureInfo.InvariantCulture, $"{url.Host}:{port},ssl={url.Scheme == "rediss"}");
        return new RedisConnection(database.Length > 0 ? $"{options},defaultDatabase={database}" : options, user, password);
    }

    private static NpgsqlConnectionStringBuilder? FromPostgresUrl(Uri url)
    {
        // A slash or an at sign there has escaped from a password that was not escaped itself.
        var database = url.AbsolutePath.TrimStart('/');
        if (url is not { Scheme: "postgres" or "postgresql", Fragment: "" } || database.AsSpan().ContainsAny('/', '@'))
        {
            return null;
        }

        var connection = new NpgsqlConnectionStringBuilder { Host = url.DnsSafeHost };
        (connection.Username, connection.Password) = Credentials(url);
        if (url.Port > 0)
        {
            connection.Port = url.Port;
        }

        if (database.Length > 0)
        {
            connection.Database = Uri.UnescapeDataString(database);
        }

        foreach (var (name, value) in QueryHelpers.ParseQuery(url.Query))
        {
            // As psql spells them: sslmode=verify-full, application_name=….
            connection[name.Replace('_', ' ')] = name == "sslmode" ? $"{value}".Replace("-", "", StringComparison.Ordinal) : $"{value}";
        }

        return connection;
    }

    private static (string? User, string? Password) Credentials(Uri url)
    {
        var parts = url.UserInfo.Split(':', 2);
        return (Part(0), Part(1));

        string? Part(int place) => parts.Length > place && parts[place].Length > 0 ? Uri.UnescapeDataString(parts[place]) : null;
    }

    private static bool IsForRedis(string text)
    {
        // What stands behind an option is no host, but the rest of a password that had a comma.
        var parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var options = parts.SkipWhile(part => !part.Contains('='));
        try
        {
            var endpoints = ConfigurationOptions.Parse(text).EndPoints;
            return options.All(part => part.Contains('='))
                && endpoints.Count > 0 && endpoints.All(endpoint => endpoint is not DnsEndPoint dns || IsHost(dns.Host));
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or OverflowException)
        {
            return false;
        }
    }

    // A folder of sockets, or a host with or without a port.
    private static bool IsPostgresHost(string host) =>
        host.StartsWith('/') || IsHost(host)
        || (host.LastIndexOf(':') is > 0 and var colon
            && IsHost(host[..colon]) && host.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0);

    private static bool IsHost(string host) => Uri.CheckHostName(host) != UriHostNameType.Unknown;
}
