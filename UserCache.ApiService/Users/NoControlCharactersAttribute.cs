using System.ComponentModel.DataAnnotations;

namespace UserCache.ApiService.Users;

/// <summary>Refuses control characters, as the table's check constraints do.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class NoControlCharactersAttribute() : ValidationAttribute("The {0} must not contain control characters.")
{
    public override bool IsValid(object? value) => value is not string text || !text.Any(char.IsControl);
}
