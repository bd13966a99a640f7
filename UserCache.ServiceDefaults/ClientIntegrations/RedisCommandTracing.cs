using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace UserCache.ServiceDefaults.ClientIntegrations;

/// <summary>
/// A client span for each Redis command, made from StackExchange.Redis' profiler. The profiler collects a command under the
/// activity that sent it and hands it over when asked, so spans appear up to <see cref="FlushInterval"/> after the command.
/// </summary>
internal sealed class RedisCommandTracing(TimeProvider? time = null) : BackgroundService
{
    /// <summary>The name that the OpenTelemetry instrumentation for StackExchange.Redis uses.</summary>
    public const string SourceName = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);
    private static readonly ActivitySource Source = new(SourceName);

    private readonly ConcurrentDictionary<Activity, ProfilingSession> _sessions = new();

    public void Watch(ConnectionMultiplexer connection) => connection.RegisterProfiler(CurrentSession);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FlushInterval, time ?? TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Flush();
            }
        }
        catch (OperationCanceledException)
        {
            Flush();
        }
    }

    private ProfilingSession? CurrentSession() =>
        Activity.Current is { Recorded: true } activity && Source.HasListeners()
            ? _sessions.GetOrAdd(activity, static _ => new ProfilingSession())
            : null;

    private void Flush()
    {
        foreach (var (parent, session) in _sessions)
        {
            // Read before the commands are taken: an activity that ends in between is taken once more at the next flush.
            var ended = parent.IsStopped;
            foreach (var command in session.FinishProfiling())
            {
                Emit(parent, command);
            }

            if (ended)
            {
                _sessions.TryRemove(parent, out _);
            }
        }
    }

    private static void Emit(Activity parent, IProfiledCommand command)
    {
        using var span = Source.StartActivity(command.Command, ActivityKind.Client, parent.Context, startTime: command.CommandCreated);
        if (span is null)
        {
            return;
        }

        span.SetTag("db.system.name", "redis");
        span.SetTag("db.operation.name", command.Command);
        span.SetTag("db.namespace", command.Db.ToString(System.Globalization.CultureInfo.InvariantCulture));
        switch (command.EndPoint)
        {
            case IPEndPoint ip:
                span.SetTag("server.address", ip.Address.ToString());
                span.SetTag("server.port", ip.Port);
                break;
            case DnsEndPoint dns:
                span.SetTag("server.address", dns.Host);
                span.SetTag("server.port", dns.Port);
                break;
        }

        span.SetEndTime(command.CommandCreated + command.ElapsedTime);
    }
}
