using System.ComponentModel.DataAnnotations;

namespace UserCache.ApiService.Users;

/// <summary>How long a user name may be: the same as the table's check constraint says.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class UsernameAttribute : ValidationAttribute
{
    public const int MaxLength = 64;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        // As it is stored, and as the database counts: 😀 is one character. Null is for [Required] to refuse.
        var sentence = Length(value as string) switch
        {
            0 => "The username must not be empty.",
            > MaxLength and var length => $"The username has {length} characters; the limit is {MaxLength}.",
            _ => null,
        };
        return sentence is null
            ? ValidationResult.Success
            : new ValidationResult(sentence, [validationContext.MemberName ?? nameof(UserInput.Username)]);
    }

    // What can't be normalized, such as U+FFFE, is no character: [VisibleText] refuses it.
    private static int? Length(string? text)
    {
        try
        {
            return text?.Normalize().EnumerateRunes().Count();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
