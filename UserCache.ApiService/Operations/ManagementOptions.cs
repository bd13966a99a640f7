using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Operations;

/// <summary>Settings of the management port; section <c>Management</c>.</summary>
public sealed class ManagementOptions : IValidatableObject
{
    public const string Section = "Management";

    private const int MinKeyLength = 16;

    /// <summary>
    /// Where it listens, such as <c>http://127.0.0.1:5001</c> or, for all addresses, <c>http://*:5001</c>. Another port than the API's.
    /// There is none by default.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>What callers must know; at least 16 characters.</summary>
    public string? Key { get; set; }

    /// <summary>Whether there is a management port.</summary>
    internal bool IsOn => !string.IsNullOrWhiteSpace(Url);

    /// <summary>The port; 0 when <see cref="Url"/> is not good.</summary>
    internal int Port =>
        Parse(Url) is { } address
        && string.Equals(address.Scheme, Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase)
        && IsHost(address.Host)
            ? address.Port
            : 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsOn && Port == 0)
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(Url)} must be an http address with a port, of this machine or of all addresses, "
                + "such as http://127.0.0.1:5001 or http://*:5001.",
                [nameof(Url)]);
        }

        if (IsOn && (Key?.Trim().Length ?? 0) < MinKeyLength)
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(Key)} must have at least {MinKeyLength} characters where {Section}:{nameof(Url)} is set.",
                [nameof(Key)]);
        }
    }

    /// <returns>The port of an address to listen on, whatever its scheme and path; 0 when it is none.</returns>
    internal static int PortOf(string url) => BindingAddressOf(url)?.Port ?? 0;

    // Alone and with its port: the server would take a slip of the pen for port 80.
    private static BindingAddress? Parse(string? url) =>
        BindingAddressOf(url) is { IsUnixPipe: false, IsNamedPipe: false, PathBase: "", Port: > 0 and <= ushort.MaxValue } address
        && url!.TrimEnd('/').EndsWith(string.Create(CultureInfo.InvariantCulture, $":{address.Port}"), StringComparison.Ordinal)
            ? address
            : null;

    // The server listens on all addresses for every other name, whatever it may be meant to say.
    private static bool IsHost(string host) => host is "*" or "+" or "localhost" || IPAddress.TryParse(host.Trim('[', ']'), out _);

    private static BindingAddress? BindingAddressOf(string? url)
    {
        try
        {
            return BindingAddress.Parse(url ?? "");
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

[OptionsValidator]
internal sealed partial class ManagementOptionsValidator : IValidateOptions<ManagementOptions>;
