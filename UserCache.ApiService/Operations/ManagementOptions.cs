using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Operations;

/// <summary>Settings of the management port; section <c>Management</c>.</summary>
public sealed class ManagementOptions : IValidatableObject
{
    public const string Section = "Management";

    private const int MinKeyLength = 16;

    /// <summary>
    /// Where it listens, such as <c>http://127.0.0.1:5001</c> or, for all addresses, <c>http://*:5001</c>. Another port than the API's. There is none by default.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>What callers must know; at least 16 characters.</summary>
    public string? Key { get; set; }

    /// <summary>Whether there is a management port.</summary>
    internal bool IsOn => !string.IsNullOrWhiteSpace(Url);

    /// <summary>The port; 0 when <see cref="Url"/> does not say.</summary>
    internal int Port => PortOf(Url);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsOn && Port == 0)
        {
            yield return new ValidationResult($"{Section}:{nameof(Url)} (\"{Url}\") must be an http address with a port, such as http://127.0.0.1:5001.", [nameof(Url)]);
        }

        if (IsOn && (Key?.Length ?? 0) < MinKeyLength)
        {
            yield return new ValidationResult($"{Section}:{nameof(Key)} must have at least {MinKeyLength} characters where {Section}:{nameof(Url)} is set.", [nameof(Key)]);
        }
    }

    /// <returns>The port of an http address; 0 when it is none.</returns>
    internal static int PortOf(string? url)
    {
        try
        {
            return BindingAddress.Parse(url ?? "") is { Scheme: "http", IsUnixPipe: false, IsNamedPipe: false, PathBase: "" } address ? address.Port : 0;
        }
        catch (FormatException)
        {
            return 0;
        }
    }
}

[OptionsValidator]
internal sealed partial class ManagementOptionsValidator : IValidateOptions<ManagementOptions>;
