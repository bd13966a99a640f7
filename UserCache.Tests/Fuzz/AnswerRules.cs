using System.Text.RegularExpressions;

namespace UserCache.Tests.Fuzz;

/// <summary>What holds for every answer, whatever was asked.</summary>
/// <param name="prefixes">What the usernames of some users begin with, by which each tells whose data it is.</param>
internal sealed partial class AnswerRules(IReadOnlyDictionary<long, string> prefixes)
{
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    public string? Broken(Answer answer, OddRequest request) => answer.Status switch
    {
        // The server's word on a version of HTTP that it does not know.
        505 when request.Soundness != Soundness.Sound => null,
        503 when answer.Headers.ContainsKey("Retry-After") => Problem(answer, request),
        >= 500 => "it failed",
        >= 400 => Problem(answer, request),
        200 or 201 when answer.MediaType == "application/json" && answer.Body.Length > 0 => OtherUser(answer.Json, request.Id),
        _ => null,
    };

    private static string? Problem(Answer answer, OddRequest request)
    {
        // What never came to the service is answered by the server, which says nothing.
        if (request.Soundness != Soundness.Sound && answer is { Body: "", MediaType: null })
        {
            return null;
        }

        return answer.MediaType != "application/problem+json" ? "it is no problem details"
            : request.Method == "HEAD" ? null
            : string.IsNullOrWhiteSpace(answer.Json.TryGetProperty("detail", out var detail) ? detail.GetString() : null)
            ? "it has no detail"
            : OurOwn().Match(answer.Body) is { Success: true } own ? $"it tells of the service's own \"{own}\""
            : null;
    }

    private string? OtherUser(JsonElement json, long? asked)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("data", out var data))
        {
            return null;
        }

        JsonElement[] users = data.ValueKind == JsonValueKind.Array ? [.. data.EnumerateArray()] : [data];
        return Array.Exists(users, user => asked is not null && user.GetProperty("id").GetInt64() != asked)
            ? "it is another user than asked for"
            : Array.Exists(users, IsOther) ? "a user has another's data"
            : null;
    }

    private bool IsOther(JsonElement user) =>
        prefixes.TryGetValue(user.GetProperty("id").GetInt64(), out var prefix)
        && user.GetProperty("username").GetString()?.StartsWith(prefix, StringComparison.Ordinal) is not true;

    [GeneratedRegex(@"\b(System|Microsoft|Npgsql|StackExchange)\.|UserInput|Int(32|64)|Nullable|Exception|   at |\bString\b")]
    private static partial Regex OurOwn();
}
