using static System.FormattableString;

namespace UserCache.Tests.Chaos;

/// <summary>The rows of a run, of both kinds, by one number: users by their ids, and teams by what comes after the last user's.</summary>
internal static class ChaosRow
{
    /// <summary>How many users there are.</summary>
    public const int Users = 300;

    /// <summary>How many teams there are.</summary>
    public const int Teams = 100;

    /// <summary>Adds the teams to a database.</summary>
    public static readonly string AddTeams = Invariant(
        $"""
        INSERT INTO teams (id, name) SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'team ' || n
        FROM generate_series({Users + 1}, {Users + Teams}) AS n
        """);

    // Users are asked for three times as often.
    private const double TeamShare = 0.25;

    public static bool IsTeam(int row) => row > Users;

    /// <summary>A team's id.</summary>
    public static Guid TeamId(int row) => Guid.Parse(Invariant($"00000000-0000-0000-0000-{row:000000000000}"));

    /// <summary>Which row a team's id is.</summary>
    public static int RowOf(Guid team) => int.Parse(team.ToString()[24..], CultureInfo.InvariantCulture);

    /// <summary>The row's id as clients write it.</summary>
    public static string IdOf(int row) => IsTeam(row) ? $"{TeamId(row)}" : Invariant($"{row}");

    /// <summary>Where the API has rows of its kind.</summary>
    public static string PathOf(int row) => IsTeam(row) ? "/api/v1/teams" : UsersClient.Path;

    /// <summary>Its key in Redis.</summary>
    public static string KeyOf(int row) => (IsTeam(row) ? "TEAM::" : "USER::") + IdOf(row);

    /// <summary>
    /// Any: half of the time one of the first twentieth of its kind, and one time in four the first, so that operations on it meet each
    /// other.
    /// </summary>
    public static int Next(Random random) => Next(random, isTeam: random.NextDouble() < TeamShare);

    /// <summary>The same of one kind.</summary>
    public static int Next(Random random, bool isTeam) =>
        isTeam ? Users + Hot(random, Teams) : Hot(random, Users);

    /// <summary>What reads compare: everything a writer sets.</summary>
    public static int ContentOf(string? one, object? other) => HashCode.Combine(one, other);

    /// <summary>The same of a row's JSON.</summary>
    public static int ContentOf(JsonElement json, int row) => IsTeam(row)
        ? ContentOf(json.GetProperty("name").GetString(), json.GetProperty("seats").GetInt32())
        : ContentOf(json.GetProperty("username").GetString(), json.GetProperty("email").GetString());

    private static int Hot(Random random, int count) => 1 + (int)(count * Math.Pow(random.NextDouble(), 4));
}
