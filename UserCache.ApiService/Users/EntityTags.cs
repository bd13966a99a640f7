using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace UserCache.ApiService.Users;

/// <summary>A user's version as entity tag, and the conditional requests that carry it (RFC 9110, section 13).</summary>
internal static class EntityTags
{
    public static string For(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Whether the client's copy, named in <c>If-None-Match</c>, is the current one.</summary>
    public static bool IsNotModified(HttpRequest request, string current)
    {
        var header = request.Headers.IfNoneMatch;
        if (StringValues.IsNullOrEmpty(header))
        {
            return false;
        }

        return EntityTagHeaderValue.TryParseList(header, out var tags)
            && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Tag.Equals(current, StringComparison.Ordinal));
    }

    /// <summary>The versions that <c>If-Match</c> allows; <see langword="null"/> when any will do.</summary>
    /// <returns><see langword="false"/> when the header is there and can't be read: ignoring it could overwrite someone's change.</returns>
    public static bool TryGetIfMatch(HttpRequest request, out long[]? versions)
    {
        versions = null;
        var header = request.Headers.IfMatch;
        if (header.Count == 0)
        {
            return true;
        }

        if (!EntityTagHeaderValue.TryParseStrictList(header, out var tags))
        {
            return false;
        }

        if (!tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)))
        {
            // A weak tag, or one that is no version, matches nothing.
            versions = [.. tags.Where(tag => !tag.IsWeak).Select(VersionOf).OfType<long>()];
        }

        return true;
    }

    private static long? VersionOf(EntityTagHeaderValue tag) =>
        long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && tag.Tag.Equals(For(version), StringComparison.Ordinal) ? version : null;
}
