using System.ComponentModel.DataAnnotations;
using System.Text;

namespace UserCache.ApiService.Users;

/// <summary>The rule for user names: the same one that the table's check constraints hold.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class UsernameAttribute : ValidationAttribute
{
    public const int MaxLength = 64;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        // [Required] speaks of null.
        var name = value as string ?? "x";
        var sentence = name.EnumerateRunes().Count() switch
        {
            0 => "The username must not be empty.",
            > MaxLength and var length => $"The username has {length} characters; the limit is {MaxLength}.",
            _ when name.EnumerateRunes().Any(Rune.IsControl) => "The username must not contain control characters.",
            _ => null,
        };
        return sentence is null ? ValidationResult.Success : new ValidationResult(sentence, [validationContext.MemberName ?? nameof(UserInput.Username)]);
    }
}
