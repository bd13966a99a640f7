using System.Globalization;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Configuration;

namespace UserCache.AppHost;

/// <summary>Where the API listens in a run.</summary>
internal static class ApiPort
{
    private const string Setting = "port";
    private const string Endpoint = "http";
    private const string AnyPort = "DcpPublisher:RandomizePorts";

    // What a run that was killed has left ends within a few seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes the port from <c>--port</c>; otherwise it is the one of the API's launch profile.</summary>
    /// <param name="api">The API.</param>
    /// <param name="args">The command line.</param>
    /// <returns><see langword="false"/> when it is no port, or is taken; one sentence on standard error says so.</returns>
    public static async Task<bool> TryUsePortAsync(this IResourceBuilder<ProjectResource> api, string[] args)
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

        // As in tests.
        return api.ApplicationBuilder.Configuration.GetValue<bool>(AnyPort) || await IsFreeAsync(endpoint.Port!.Value);
    }

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

        Console.Error.WriteLine($"Port {port} is taken: stop what listens there, or choose another with --port.");
        return false;
    }
}
