using static System.FormattableString;

namespace UserCache.Tests.Chaos;

/// <summary>What an answer says of one row.</summary>
internal readonly record struct RowAnswer(
    Outcome Outcome, long Version = 0, int Content = 0, bool IsHit = false, bool IsNear = false, string? Detail = null)
{
    /// <summary>Of an answer with one row.</summary>
    public static RowAnswer FromOne(HttpResponseMessage response, string text, int row) => Parse(text, json =>
    {
        var answer = FromData(json.GetProperty("data"), row, response);
        return ChaosRow.IsTeam(row) || response.Headers.ETag?.Tag == Invariant($"\"{answer.Version}\"")
            ? answer
            : new RowAnswer(Outcome.Senseless, Detail: $"ETag {response.Headers.ETag}, but {text}");
    });

    /// <summary>
    /// Of an answer with many: users, and the ids that none has; or a team, or teams and null for each that is not there.
    /// </summary>
    public static RowAnswer FromMany(HttpResponseMessage response, string text, int row) => Parse(text, json =>
    {
        var rows = json.ValueKind == JsonValueKind.Array ? json.EnumerateArray()
            : json.TryGetProperty("data", out var data) ? data.EnumerateArray()
            : JsonSerializer.SerializeToElement(new[] { json }).EnumerateArray();
        var found = rows.Where(one => one.ValueKind == JsonValueKind.Object && IdOf(one) == ChaosRow.IdOf(row)).ToList();
        return found.Count == 0 ? new RowAnswer(Outcome.NotFound) : FromData(found.Single(), row, response);
    });

    private static RowAnswer Parse(string text, Func<JsonElement, RowAnswer> parse)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return parse(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new RowAnswer(Outcome.Senseless, Detail: $"{failure.Message} in {text}");
        }
    }

    private static string IdOf(JsonElement data) => data.GetProperty("id").ToString();

    private static RowAnswer FromData(JsonElement data, int row, HttpResponseMessage response)
    {
        var status = response.Headers.TryGetValues("Cache-Status", out var values) ? string.Join(", ", values) : "";
        return IdOf(data) != ChaosRow.IdOf(row)
            ? new RowAnswer(Outcome.Senseless, Detail: $"asked for {ChaosRow.KeyOf(row)}, got {data}")
            : new RowAnswer(
                status.Contains("detail=invalidation-pending", StringComparison.Ordinal) ? Outcome.Pending : Outcome.Ok,
                data.GetProperty("version").GetInt64(),
                ChaosRow.ContentOf(data, row),
                status.StartsWith("UserCache; hit", StringComparison.Ordinal),
                status.EndsWith("detail=near", StringComparison.Ordinal));
    }
}
