using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace UserCache.ServiceDefaults;

/// <summary>Turns a bad setting into one sentence before anything starts, instead of a stack trace halfway through.</summary>
public static class StartupSettings
{
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>Runs every validation that was registered with <c>ValidateOnStart</c>.</summary>
    /// <returns><see langword="true"/> when all settings are good; otherwise the sentence is on standard error.</returns>
    public static bool HasValidSettings(this IHost app)
    {
        try
        {
            app.Services.GetService<IStartupValidator>()?.Validate();
            return true;
        }
        catch (Exception failure) when (Invalid(failure) is { Length: > 0 } reasons)
        {
            Console.Error.WriteLine($"{AppDomain.CurrentDomain.FriendlyName} does not start: {string.Join(' ', reasons)}");
            return false;
        }
    }

    // What configuration binding throws for a value of the wrong type has no type of its own; many at once are in one that is none of them.
    private static string[] Invalid(Exception failure) => failure switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        InvalidOperationException { Source: Binder } => [failure.Message],
        AggregateException many when many.InnerExceptions.All(one => Invalid(one).Length > 0) =>
            [.. many.InnerExceptions.SelectMany(Invalid)],
        _ => [],
    };
}
