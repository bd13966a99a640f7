using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Console;

/// <summary>Settings of the console; section <c>Console</c>.</summary>
public sealed class ConsoleOptions
{
    public const string Section = "Console";
    private const string UrlRule = $"{Section}:{nameof(DashboardUrl)} must be an absolute URL, such as http://localhost:15000.";

    /// <summary>Serve it, at <c>/console</c>. Whoever reaches the API can use it: for development only. Default: no.</summary>
    public bool Enabled { get; set; }

    /// <summary>Where the Aspire dashboard is, for links to traces; none by default.</summary>
    [RegularExpression(@"https?://[^\s/?#]\S*", ErrorMessage = UrlRule)]
    public string? DashboardUrl { get; set; }
}

[OptionsValidator]
internal sealed partial class ConsoleOptionsValidator : IValidateOptions<ConsoleOptions>;
