namespace UserCache.Tests.Telemetry;

/// <summary>Exporting is not itself an event.</summary>
[Collection(OperationsGroup.Name)]
public sealed class ExportTests(App app)
{
    [Fact]
    public async Task Exports_are_not_logged()
    {
        await using var collector = new OtlpCollector();
        await using var api = await App.StartReplicaAsync(app.Redis.ConnectionString, app.Postgres.ConnectionString, collector.Settings);

        await Eventually.GetAsync(
            async () =>
            {
                await api.Users.GetAsync(1);
                return collector;
            },
            received => received.Of("traces").Length > 0 && received.Of("metrics").Length > 0);

        var categories = api.Log.GetSnapshot().Select(record => record.Category).Distinct();
        Assert.DoesNotContain(categories, category => category is null
            || category.StartsWith("System.Net.Http", StringComparison.Ordinal) || category.StartsWith("Polly", StringComparison.Ordinal));
    }
}
