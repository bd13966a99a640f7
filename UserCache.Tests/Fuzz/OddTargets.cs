namespace UserCache.Tests.Fuzz;

/// <summary>Where a request goes.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">And query, as they go over the wire.</param>
/// <param name="Id">Whose data it is that a 200 must have.</param>
/// <param name="Username">What the username in the body begins with, if it has one.</param>
internal sealed record OddTarget(string Method, string Path, long? Id = null, string? Username = null);

/// <summary>Calls of the service, and what resembles them.</summary>
/// <param name="text">Says what comes next.</param>
/// <param name="readable">Users that strangers read.</param>
/// <param name="writable">Users that they write as well.</param>
internal sealed class OddTargets(OddText text, long[] readable, long[] writable)
{
    private const int MaxIds = 110;

    /// <summary>What the usernames of a user whom strangers write begin with.</summary>
    public static string Username(long id) => string.Create(CultureInfo.InvariantCulture, $"odd-{id}-");

    public OddTarget Next() => text.Below(14) switch
    {
        0 or 1 or 2 or 3 => ReadOne(),
        4 => new OddTarget(Safe(), $"{UsersClient.Path}/{Hostile()}"),
        5 or 6 => new OddTarget(Safe(), $"{UsersClient.Path}?ids={string.Join(text.OneIn(9) ? "%2C" : ",", Ids())}{Rest()}"),
        7 => new OddTarget(Safe(), $"{UsersClient.Path}?after={Number()}&limit={text.Any("1", "5", "100", Number())}{Rest()}"),
        8 => new OddTarget("POST", UsersClient.Path, Username: "new-"),
        9 or 10 => Replace(),
        11 => Delete(),
        12 => new OddTarget(
            text.Any("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"),
            text.Any("/", "/alive", "/health", "/docs", "/docs/", "/openapi/v1.json", "/console", "/console/", "/console/main.js",
                $"/console/activity?seconds={Number()}", "/console/bursts", "/metrics", "/cache/users", "/favicon.ico")),
        _ => new OddTarget(text.Any("GET", "HEAD", "DELETE", "PUT"), $"/{Hostile()}/{Hostile()}?{Hostile()}={Hostile()}"),
    };

    private OddTarget ReadOne()
    {
        var id = Id();
        return new OddTarget(Safe(), $"{text.Any(UsersClient.Path, "/API/V1/Users")}/{Spelt(id)}{text.Any("", "", "/")}?{Rest()}", id);
    }

    // Not that of another user, however it is damaged: those who write the others know what they have written.
    private OddTarget Replace()
    {
        var id = text.Any(writable);
        return text.OneIn(4)
            ? new OddTarget("PUT", $"{UsersClient.Path}/{Hostile()}", Username: "new-")
            : new OddTarget("PUT", $"{UsersClient.Path}/{Spelt(id)}", id, Username(id));
    }

    private OddTarget Delete() =>
        new("DELETE", $"{UsersClient.Path}/{(text.OneIn(3) ? Spelt(writable[text.Below(writable.Length / 2)]) : Hostile())}");

    private string Safe() => text.Any("GET", "GET", "GET", "HEAD");

    private long Id() => text.Below(4) switch
    {
        0 => text.Any(writable),
        1 => 1 + text.Below(1000),
        _ => text.Any(readable),
    };

    private IEnumerable<string> Ids() => Enumerable.Range(0, text.OneIn(10) ? MaxIds : 1 + text.Below(8))
        .Select(_ => text.OneIn(30) ? Number() : Id().ToString(CultureInfo.InvariantCulture));

    private string Rest() => text.Below(12) switch
    {
        0 => $"&{text.Plain(5)}={Uri.EscapeDataString(text.Unicode(5))}",
        1 => $"&ids={Id()}",
        2 => "&limit=1",
        _ => "",
    };

    private string Number() => Uri.EscapeDataString(text.Number());

    // Some digits percent-encoded, which says the same.
    private string Spelt(long id) => text.OneIn(3)
        ? string.Concat(id.ToString(CultureInfo.InvariantCulture).Select(digit => text.OneIn(3) ? $"%{(int)digit:X2}" : $"{digit}"))
        : id.ToString(CultureInfo.InvariantCulture);

    // No user's, and nothing that the server does not let through.
    private string Hostile() => text.Below(9) switch
    {
        0 => Number() is { Length: > 0 } number ? $"{number}x" : "x",
        1 => Uri.EscapeDataString(text.Unicode(1 + text.Below(20)).Replace("\0", "", StringComparison.Ordinal)),
        2 => text.Any("%2F", "%5C", "..%2F..", "%252e%252e", "x;y", "'%20OR%20'1'='1", "%3Cscript%3E", "$%7B7*7%7D", "*", "%25", "USER::1"),
        3 => text.Plain(1 + text.Below(1_000)),
        4 => $"%2B{Id()}",
        5 => $"%20{Id()}",
        6 => $"0{Id()}",
        _ => text.Plain(1 + text.Below(10)),
    };
}
