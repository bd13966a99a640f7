using System.Globalization;

namespace UserCache.ApiService.Users;

/// <summary>Ids as callers write them: whole numbers from 1.</summary>
internal static class UserIds
{
    public static bool TryParse(ReadOnlySpan<char> text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id >= 1;
}
