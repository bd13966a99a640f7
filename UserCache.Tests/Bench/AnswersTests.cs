using Microsoft.AspNetCore.Hosting;
using UserCache.Peers;

namespace UserCache.Tests.Bench;

/// <summary>What the bench compares does the same work.</summary>
[Collection(AppGroup.Name)]
public sealed class AnswersTests(App app)
{
    [Fact]
    public async Task Contestants_answer_the_bytes_that_UserCache_does_from_the_database_and_from_their_cache()
    {
        await using var redis = await app.SpareRedis.TakeAsync();
        var database = await app.NewDatabaseAsync();
        await using var api = await App.StartReplicaAsync(redis.ConnectionString, database);
        var path = $"{UsersClient.Path}/{await api.Users.CreateAsync()}";
        var expected = (await api.Users.GetAsync(path)).Body;

        // The sink is asked nothing.
        foreach (var (name, contestant) in Contestants.All.Where(one => one.Key != "sink"))
        {
            var builder = WebApplication.CreateBuilder();
            builder.Configuration["ConnectionStrings:cache"] = redis.ConnectionString;
            builder.Configuration["ConnectionStrings:usersdb"] = database;
            builder.WebHost.UseUrls($"http://127.0.0.1:{FreePort.Next()}");
            await using var peer = contestant.Build(builder);
            await peer.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(peer.Urls.Single()) };

            Assert.Equal((name, expected), (name, await http.GetStringAsync(path)));
            Assert.Equal((name, expected), (name, await http.GetStringAsync(path)));
        }
    }
}
