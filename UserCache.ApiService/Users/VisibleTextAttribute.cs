using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace UserCache.ApiService.Users;

/// <summary>
/// Refuses text that would look like another one, or like nothing: with control characters, with others that are not seen or turn the
/// direction of what follows, or with blanks where none is seen. The model is RFC 8265's UsernameCasePreserved; symbols are let through.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class VisibleTextAttribute : ValidationAttribute
{
    // Unicode's Default_Ignorable_Code_Point, where the category does not tell; and the empty Braille cell.
    private static readonly (int First, int Last)[] Unseen =
    [
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
    ];

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(validationContext.MemberName ?? "text");
        var sentence = value is not string { Length: > 0 } text ? null
            : text.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Control)
            ? $"The {name} must not contain control characters."
            : text.EnumerateRunes().FirstOrDefault(IsUnseen) is { Value: not 0 } unseen
            ? $"The {name} must not contain characters that are not seen or turn the direction of text, such as U+{unseen.Value:X4}."
            : text[0] == ' ' || text[^1] == ' ' ? $"The {name} must not begin or end with a blank."
            : null;
        return sentence is null ? ValidationResult.Success : new ValidationResult(sentence, [validationContext.MemberName ?? name]);
    }

    // What Unicode has not assigned yet could turn out to be any of it.
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.SpaceSeparator => rune.Value != ' ',
            UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => true,
            _ => Array.Exists(Unseen, range => rune.Value >= range.First && rune.Value <= range.Last),
        };
}
