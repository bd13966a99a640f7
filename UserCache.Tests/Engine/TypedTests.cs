using System.Text.Json.Serialization;

namespace UserCache.Tests.Engine;

/// <summary>The cache of objects, over that of bytes.</summary>
public sealed partial class TypedTests(SharedRedis redis) : EngineTest(redis)
{
    [Fact]
    public async Task Rows_are_read_as_objects_and_none_as_null()
    {
        var replica = Replica(services => services.AddCacheAside("planets", "PLANET::")
            .From(_ => Source).Of(PlanetsJson.Default.Planet));
        var (row, none) = ($"{Guid.NewGuid()}", $"{Guid.NewGuid()}");
        Source.Set(row, SourceRow.Of(5, new Planet("Ceres", 1), PlanetsJson.Default.Planet));
        var planets = replica.Get<CacheAside<Planet>>();

        Assert.Null(await planets.PeekAsync(row, CancellationToken.None));
        Assert.Equal(new Planet("Ceres", 1), await planets.GetAsync(row, CancellationToken.None));
        Assert.Equal(new Planet("Ceres", 1), await planets.PeekAsync(row, CancellationToken.None));
        Assert.Equal((Planet?[])[new Planet("Ceres", 1), null], await planets.GetManyAsync([row, none], CancellationToken.None));
        Assert.Null(await planets.GetAsync(none, CancellationToken.None));

        // Whoever sends bytes on has the same cache, and the bytes as they are stored.
        var hit = await planets.Bytes.GetAsync(row, CancellationToken.None);
        AssertRead(hit, CacheOutcome.Hit, 5);
        Assert.Equal("{\"name\":\"Ceres\",\"moons\":1}"u8, hit.Payload.Body.Span);
        Assert.Equal(new Planet("Ceres", 1), planets.Read(hit));
        Assert.Same(replica.Named("planets"), planets.Bytes);
    }

    internal sealed record Planet(string Name, int Moons);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Planet))]
    internal sealed partial class PlanetsJson : JsonSerializerContext;
}
