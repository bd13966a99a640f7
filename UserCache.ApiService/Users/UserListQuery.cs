namespace UserCache.ApiService.Users;

/// <summary>Which users a list is to have.</summary>
/// <param name="Ids">Those with these ids; <see langword="null"/> for a page of all users.</param>
/// <param name="After">The id that the page begins after.</param>
/// <param name="Limit">How many it has at most.</param>
internal sealed record UserListQuery(long[]? Ids, long After, int Limit)
{
    public const int MaxIds = 100;
    public const int MaxLimit = 100;
    public const int DefaultLimit = 50;

    /// <summary>Reads what a caller has written.</summary>
    /// <param name="ids">Ids with commas between them.</param>
    /// <param name="after">See <see cref="After"/>.</param>
    /// <param name="limit">See <see cref="Limit"/>.</param>
    /// <param name="query">What it means.</param>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    public static string? Read(string? ids, string? after, string? limit, out UserListQuery query)
    {
        long last = 0, size = DefaultLimit;
        long[]? wanted = null;
        var problem = ids is not null && (after is not null || limit is not null)
            ? "Ask either for ids or for a page (after, limit), not for both."
            : after is not null && !UserIds.TryParseNumber(after, out last)
            ? $"after is \"{after}\": it must be 0, or the id that the page begins after."
            : limit is not null && !(UserIds.TryParse(limit, out size) && size <= MaxLimit)
            ? $"limit is \"{limit}\": it must be a whole number from 1 to {MaxLimit}."
            : ids is not null ? ReadIds(ids, out wanted)
            : null;
        query = new UserListQuery(wanted, last, (int)size);
        return problem;
    }

    // An id that is named twice counts once.
    private static string? ReadIds(string text, out long[]? ids)
    {
        ids = null;
        var parts = text.Split(',');
        if (parts.Length > MaxIds)
        {
            return $"{parts.Length} ids were asked for; the limit is {MaxIds}.";
        }

        var parsed = new List<long>(parts.Length);
        foreach (var part in parts)
        {
            if (!UserIds.TryParse(part, out var id))
            {
                return $"\"{part}\" in ids is no user id: give 1 to {MaxIds} whole numbers above 0, separated by commas.";
            }

            parsed.Add(id);
        }

        ids = [.. parsed.Distinct()];
        return null;
    }
}
