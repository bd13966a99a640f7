using System.Globalization;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Configuration;

namespace UserCache.AppHost;

/// <summary>The ports of a run: the API's, which can be chosen, and the dashboard's.</summary>
internal static class Ports
{
    private const string Setting = "port";
    private const string Endpoint = "http";
    private const string AnyPort = "DcpPublisher:RandomizePorts";

    private static readonly string[] Dashboard =
    [
        "ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL",
    ];

    // What a run that was killed has left ends within a few seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes the API's port from <c>--port</c>; otherwise it is the one of its launch profile.</summary>
    /// <param name="api">The API.</param>
    /// <param name="args">The command line.</param>
    /// <returns>
    /// <see langword="false"/> when it is no port, or one of the run's ports is taken; one sentence on standard error says so.
    /// </returns>
    public static async Task<bool> TryUsePortsAsync(this IResourceBuilder<ProjectResource> api, string[] args)
    {
        var endpoint = api.Resource.Annotations.OfType<EndpointAnnotation>().Single(annotation => annotation.Name == Endpoint);
        // Not from the environment, where PORT is often meant for something else.
        if (new ConfigurationBuilder().AddCommandLine(args).Build()[Setting] is { } given)
        {
            if (!ushort.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            {
                Console.Error.WriteLine($"--port is \"{given}\": it must be a whole number from 1 to {ushort.MaxValue}.");
                return false;
            }

            endpoint.Port = port;
        }

        var settings = api.ApplicationBuilder.Configuration;
        foreach (var port in settings.GetValue<bool>(AnyPort) ? [] : DashboardPorts(settings).Prepend(endpoint.Port!.Value))
        {
            if (!await IsFreeAsync(port))
            {
                Console.Error.WriteLine(port == endpoint.Port
                    ? $"Port {port} is taken: stop what listens there, or choose another with --port."
                    : $"Port {port} is taken: stop what listens there; the dashboard needs it.");
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<int> DashboardPorts(ConfigurationManager settings) =>
        Dashboard.SelectMany(name => settings[name]?.Split(';') ?? []).Select(url => new Uri(url).Port);

    private static async Task<bool> IsFreeAsync(int port)
    {
        for (var waited = TimeSpan.Zero; waited < Patience; waited += Interval)
        {
            if (!IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port))
            {
                return true;
            }

            await Task.Delay(Interval);
        }

        return false;
    }
}
