namespace UserCache.Tests.Outages;

/// <summary>Health says within a second when changes are not relayed, also where Redis and the database are well.</summary>
[Collection(TimedGroup.Name)]
public sealed class HealthTests(App app)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Outbox_that_someone_has_locked_makes_health_degraded_until_it_is_free()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var replica = fleet.Replicas[0];
        await replica.Users.BecomesHealthyAsync();

        await using (var connection = await fleet.Database.OpenConnectionAsync())
        {
            await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE cache_invalidations IN ACCESS EXCLUSIVE MODE", connection);
            await command.ExecuteNonQueryAsync();
            await Eventually.GetAsync(() => replica.Users.GetAsync("/health"), health => health.StatusAndBody == (200, "Degraded"), Soon);
            var reasons = (await fleet.Management.CallAsync(HttpMethod.Get, "/checks")).GetProperty("reasons");
            Assert.StartsWith("Changes wait to be relayed", reasons.GetProperty("outbox-relay").GetString(), StringComparison.Ordinal);
        }

        await replica.Users.BecomesHealthyAsync();
    }

    [Fact]
    public async Task Health_opens_no_connection_of_its_own_however_often_it_is_asked()
    {
        await using var fleet = await Fleet.StartAsync(app, replicas: 1);
        var replica = fleet.Replicas[0];
        await replica.Users.BecomesHealthyAsync();
        var before = replica.ToDatabase.Accepted;

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => replica.Users.GetAsync("/health")));

        Assert.All(answers, health => Assert.Equal(200, health.Status));
        Assert.Equal(before, replica.ToDatabase.Accepted);
    }

    [Fact]
    public void Wait_for_a_connection_of_our_own_pool_is_not_told_as_a_database_that_does_not_answer()
    {
        const string Sentence = "The connection pool has been exhausted";
        var failure = new InvalidOperationException("transient", new NpgsqlException(Sentence, new TimeoutException()));

        Assert.True(UserCache.Caching.PostgreSql.DatabaseFailure.Is(failure));
        Assert.Equal(Sentence, UserCache.Caching.PostgreSql.DatabaseFailure.Explain(failure));
    }
}
