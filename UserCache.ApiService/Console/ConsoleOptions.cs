using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Console;

/// <summary>Settings of the console; section <c>Console</c>.</summary>
public sealed class ConsoleOptions : IValidatableObject
{
    public const string Section = "Console";

    /// <summary>Serve it, at <c>/console</c>. Whoever reaches the API can use it: for development only. Default: no.</summary>
    public bool Enabled { get; set; }

    /// <summary>Where the Aspire dashboard is, for links to traces; none by default.</summary>
    public string? DashboardUrl { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var isUrl = Uri.TryCreate(DashboardUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
        if (!string.IsNullOrEmpty(DashboardUrl) && !isUrl)
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(DashboardUrl)} must be an absolute URL, such as http://localhost:15000.",
                [nameof(DashboardUrl)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class ConsoleOptionsValidator : IValidateOptions<ConsoleOptions>;
