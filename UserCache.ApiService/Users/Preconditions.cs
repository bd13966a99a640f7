using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace UserCache.ApiService.Users;

/// <summary>
/// What a request asks of the version that it finds (RFC 9110, section 13.2): all of it must hold. Those by date are passed over, as they
/// are to be where nothing has a <c>Last-Modified</c>.
/// </summary>
internal sealed class Preconditions
{
    public const string IfMatch = "If-Match";
    public const string IfNoneMatch = "If-None-Match";

    private readonly IList<EntityTagHeaderValue>? _match;
    private readonly IList<EntityTagHeaderValue>? _noneMatch;

    private Preconditions(IList<EntityTagHeaderValue>? match, IList<EntityTagHeaderValue>? noneMatch) =>
        (_match, _noneMatch) = (match, noneMatch);

    /// <summary>The versions that may be changed; <see langword="null"/> when any may.</summary>
    public long[]? Allowed => IsAny(_noneMatch) ? [] : _match is null || IsAny(_match) ? null : Versions(_match.Where(tag => !tag.IsWeak));

    /// <summary>Those of them that may not.</summary>
    public long[] Refused => Versions(_noneMatch ?? []);

    /// <summary>The first header; <see langword="null"/> when nothing is asked.</summary>
    public string? First => _match is not null ? IfMatch : _noneMatch is not null ? IfNoneMatch : null;

    /// <summary>Whether there is anything to read.</summary>
    public static bool AreIn(HttpRequest request) => request.Headers.IfMatch.Count > 0 || request.Headers.IfNoneMatch.Count > 0;

    /// <summary>Reads them.</summary>
    /// <param name="request">The request.</param>
    /// <param name="conditions">What it asks.</param>
    /// <param name="unreadable">The header that can't be read.</param>
    /// <returns><see langword="false"/> when there is such a header: to ignore it could overwrite someone's change.</returns>
    public static bool TryRead(HttpRequest request, out Preconditions conditions, out string unreadable)
    {
        var canMatch = TryParse(request.Headers.IfMatch, out var match);
        var canNoneMatch = TryParse(request.Headers.IfNoneMatch, out var noneMatch);
        conditions = new Preconditions(match, noneMatch);
        unreadable = canMatch ? IfNoneMatch : IfMatch;
        // A reader who could not say what copy he has is sent the current one.
        return canMatch && (canNoneMatch || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));
    }

    /// <summary>Which condition does not hold: the first, in the RFC's order.</summary>
    /// <param name="tag">The entity tag of what is there; <see langword="null"/> when it has none.</param>
    /// <returns>The header's name; <see langword="null"/> when all hold.</returns>
    public string? FailedAt(string? tag) =>
        _match is not null && !Names(_match, tag, weakly: false) ? IfMatch
        : _noneMatch is not null && Names(_noneMatch, tag, weakly: true) ? IfNoneMatch
        : null;

    // A star stands alone.
    private static bool TryParse(StringValues header, out IList<EntityTagHeaderValue>? tags)
    {
        tags = null;
        if (header.Count == 0)
        {
            return true;
        }

        if (EntityTagHeaderValue.TryParseStrictList(header, out var parsed) && (parsed.Count == 1 || !parsed.Any(IsStar)))
        {
            tags = parsed;
        }

        return tags is not null;
    }

    private static bool IsStar(EntityTagHeaderValue tag) => tag.Equals(EntityTagHeaderValue.Any);

    private static bool IsAny(IList<EntityTagHeaderValue>? tags) => tags is not null && IsStar(tags[0]);

    private static bool Names(IList<EntityTagHeaderValue> tags, string? current, bool weakly) =>
        IsAny(tags) || tags.Any(tag => (weakly || !tag.IsWeak) && tag.Tag.Equals(current, StringComparison.Ordinal));

    private static long[] Versions(IEnumerable<EntityTagHeaderValue> tags) => [.. tags.Select(EntityTags.VersionOf).OfType<long>()];
}
