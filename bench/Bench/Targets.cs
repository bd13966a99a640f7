using Series = System.Func<UserCache.Bench.Findings, System.Collections.Generic.IReadOnlyList<double>>;

namespace UserCache.Bench;

/// <summary>What is promised of a figure.</summary>
/// <param name="What">The figure: a quotient, or a difference.</param>
/// <param name="Bound">What it has to be.</param>
/// <param name="IsLeast">Whether it has to be that at least; otherwise at most.</param>
/// <param name="Of">The figure, of two series: round by round, and of their medians.</param>
/// <param name="First">Of what.</param>
/// <param name="Second">By what.</param>
internal sealed record Target(string What, double Bound, bool IsLeast, Func<double, double, double> Of, Series First, Series Second)
{
    /// <summary>The medians' figure and the worst round's; <see langword="null"/> when it was not measured.</summary>
    public (double Median, double Worst)? Measured(Findings findings)
    {
        var (first, second) = (First(findings), Second(findings));
        if (first.Count == 0 || second.Count == 0)
        {
            return null;
        }

        var rounds = first.Zip(second, Of).Order().ToArray();
        return (Of(Spread.Of(first).Median, Spread.Of(second).Median), IsLeast ? rounds[0] : rounds[^1]);
    }

    public bool Holds(double median) => IsLeast ? median >= Bound : median <= Bound;
}

/// <summary>All that is promised of the cost of a request.</summary>
internal static class Targets
{
    private static readonly (Contestant, Workload)
        Hit = (Contestant.UserCache, Workload.Hit), Bare = (Contestant.Bare, Workload.Hit), Near = (Contestant.Near, Workload.Hit),
        Miss = (Contestant.UserCache, Workload.Miss), Batch = (Contestant.UserCache, Workload.Batch100),
        NpgsqlRead = (Contestant.Npgsql, Workload.Read),
        Write = (Contestant.UserCache, Workload.Write), Update = (Contestant.Npgsql, Workload.Write);

    public static IReadOnlyList<Target> All { get; } =
    [
        AtLeast(0.80, "hits / bare", Speed(Hit), Speed(Bare)),
        AtLeast(0.60, "hits / bare, both with inline completions", Hits(Contestant.UserCacheInline), Hits(Contestant.BareInline)),
        AtMost(1.5, "processor time of the API for a hit / bare's", Api(Hit), Api(Bare)),
        AtLeast(1.3, "hits / naive", Speed(Hit), Hits(Contestant.Naive)),
        AtLeast(1.3, "hits / output cache", Speed(Hit), Hits(Contestant.OutputCache)),
        AtLeast(1.7, "hits / HybridCache, second level", Speed(Hit), Hits(Contestant.HybridSecond)),
        AtLeast(6, "hits / FastAPI tutorial", Speed(Hit), Hits(Contestant.FastApi)),
        AtLeast(0.90, "near hits / bare", Speed(Near), Speed(Bare)),
        AtLeast(1.25, "near hits / HybridCache, both levels", Speed(Near), Hits(Contestant.HybridBoth)),
        AtLeast(1.6, "near hits / FusionCache, both levels", Speed(Near), Hits(Contestant.FusionBoth)),
        AtLeast(0.9, "negative hits / hits", Speed((Contestant.UserCache, Workload.Negative)), Speed(Hit)),
        AtMost(2, "p99 of a hit / bare's, 64 connections", P99(Contestant.UserCache, 64), P99(Contestant.Bare, 64)),
        AtMost(2, "p99 of a hit / bare's, 1,024 connections", P99(Contestant.UserCache, 1_024), P99(Contestant.Bare, 1_024)),
        AtLeast(0.55, "hits with traces exported / with telemetry off", Hits(Contestant.Traced), Hits(Contestant.Untraced)),
        AtLeast(1, "spans received / due", Figure(Spans.Received), Figure(Spans.Due)),
        AtMost(0, Spans.Dropped, Figure(Spans.Dropped), AsItIs),
        AtMost(
            0.08, "processor time of the API for a batch of 100 / for 100 hits",
            Api(Batch), findings => [.. Api(Hit)(findings).Select(one => 100 * one)]),
        AtMost(
            2.5, "processor time of API and PostgreSQL for a miss / for Npgsql's plain read",
            Of(Miss, one => one.Api + one.Postgres), Of(NpgsqlRead, one => one.Api + one.Postgres)),
        AtMost(2.5, "processor time of all for a write / for the same UPDATE by Npgsql", Total(Write), Total(Update)),
        new Target(
            "bytes allocated for a hit beyond bare's", 600, false, (hit, bare) => hit - bare,
            Of(Hit, one => one.Allocated), Of(Bare, one => one.Allocated)),
        AtLeast(0.9, "hits over 16 connections / over 64", Speed(Over(16)), Speed(Over(64))),
        AtLeast(0.9, "hits over 256 connections / over 64", Speed(Over(256)), Speed(Over(64))),
        AtLeast(0.9, "hits over 1,024 connections / over 64", Speed(Over(1_024)), Speed(Over(64))),
        AtLeast(0.9, "hits on 100,000 keys / on 1,000", Speed(On(100_000)), Speed(On(1_000))),
        AtLeast(0.9, "hits on 1,000,000 keys / on 1,000", Speed(On(1_000_000)), Speed(On(1_000))),
        AtLeast(0.5, Start.FirstSeconds, Figure(Start.FirstSeconds), AsItIs),
        AtMost(1.05, Soak.Growth, Figure(Soak.Growth), AsItIs),
        AtMost(0.01, Soak.Paused, Figure(Soak.Paused), AsItIs),
    ];

    private static IReadOnlyList<double> AsItIs(Findings findings) => [1, 1, 1];

    private static Target AtLeast(double bound, string what, Series first, Series second) =>
        new(what, bound, true, (one, other) => one / other, first, second);

    private static Target AtMost(double bound, string what, Series first, Series second) =>
        new(what, bound, false, (one, other) => one / other, first, second);

    private static (Contestant, Workload) Over(int connections) => (Contestant.UserCache, Workload.HitOver(connections));

    private static (Contestant, Workload) On(int keys) => (Contestant.UserCache, Workload.HitOf(keys));

    private static Series Hits(Contestant contestant) => Speed((contestant, Workload.Hit));

    private static Series Speed((Contestant, Workload) pair) => Of(pair, one => one.Load.PerSecond);

    private static Series P99(Contestant contestant, int connections) =>
        Of((contestant, Workload.HitOver(connections)), one => one.Load.P99);

    private static Series Api((Contestant, Workload) pair) => Of(pair, one => one.Api);

    private static Series Total((Contestant, Workload) pair) => Of(pair, one => one.Api + one.Redis + one.Postgres);

    private static Series Of((Contestant Contestant, Workload Workload) pair, Func<Measurement, double> figure) =>
        findings => findings.Measurements.TryGetValue((pair.Contestant.Name, pair.Workload.Name), out var all)
            ? [.. all.Select(figure)]
            : [];

    private static Series Figure(string name) => findings => findings.Figures.TryGetValue(name, out var all) ? all : [];
}
