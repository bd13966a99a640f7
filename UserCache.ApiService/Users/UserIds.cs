using System.Globalization;

namespace UserCache.ApiService.Users;

/// <summary>Ids as callers write them, in a path as in a query: whole numbers from 1, each in one way only.</summary>
internal static class UserIds
{
    public static bool TryParse(ReadOnlySpan<char> text, out long id) => TryParseNumber(text, out id) && id >= 1;

    /// <summary>Digits, with no sign, blank or zero before them: nothing else that the framework would take for a number.</summary>
    public static bool TryParseNumber(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        return text is "0" or [not '0', ..]
            && !text.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
