using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace UserCache.ServiceDefaults;

/// <summary>Turns a bad setting into one sentence before anything starts, instead of a stack trace halfway through.</summary>
public static class StartupSettings
{
    /// <summary>Runs every validation that was registered with <c>ValidateOnStart</c>.</summary>
    /// <returns><see langword="true"/> when all settings are good; otherwise the sentence is on standard error.</returns>
    public static bool HasValidSettings(this IHost app)
    {
        try
        {
            app.Services.GetService<IStartupValidator>()?.Validate();
            return true;
        }
        // InvalidOperationException is what configuration binding throws for a value of the wrong type.
        catch (Exception invalid) when (invalid is OptionsValidationException or InvalidOperationException)
        {
            Console.Error.WriteLine($"{AppDomain.CurrentDomain.FriendlyName} does not start: {invalid.Message}");
            return false;
        }
    }
}
