namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>A Redis Cluster of three primaries, each of which has a third of the slots.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    public const int Size = 3;

    private const int Slots = 16_384;

    private readonly DataFolder _data;
    private readonly string _password = Guid.NewGuid().ToString("N");
    private readonly List<(RedisServer Server, int BusPort)> _nodes = [];

    private RedisCluster(DataFolder data) => _data = data;

    /// <summary>The primaries that it began with, in the order of their slots.</summary>
    public IReadOnlyList<RedisServer> Primaries => [.. _nodes.Take(Size).Select(node => node.Server)];

    public string ConnectionString => $"{string.Join(',', Primaries.Select(node => $"127.0.0.1:{node.Port}"))},password={_password}";

    public static async Task<RedisCluster> StartAsync(DataFolder data)
    {
        var cluster = new RedisCluster(data);
        try
        {
            for (var node = 0; node < Size; node++)
            {
                await cluster.AddNodeAsync();
                await cluster.Primaries[node].CommandAsync(
                    "CLUSTER", "ADDSLOTSRANGE", Slots * node / Size, (Slots * (node + 1) / Size) - 1);
            }

            await cluster.JoinAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Which of the primaries had a user's slot at first.</summary>
    public static int PlaceOf(long id) => SlotOf(id) * Size / Slots;

    /// <summary>The slot of a user's keys.</summary>
    public static int SlotOf(long id)
    {
        var crc = 0;
        foreach (var letter in $"USER::{id}")
        {
            crc ^= letter << 8;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ 0x1021;
            }
        }

        return (crc & 0xFFFF) % Slots;
    }

    /// <summary>Adds a copy of a primary, and waits until it is one.</summary>
    public async Task<RedisServer> AddCopyAsync(RedisServer primary)
    {
        await primary.CommandAsync("CONFIG", "SET", "repl-diskless-sync-delay", "0");
        var copy = await AddNodeAsync();
        await JoinAsync();
        await copy.CommandAsync("CLUSTER", "REPLICATE", await IdOfAsync(primary));
        await Eventually.GetAsync(
            async () => (string)(await copy.CommandAsync("INFO", "replication"))!,
            state => state.Contains("master_link_status:up", StringComparison.Ordinal));
        return copy;
    }

    /// <summary>Gives a slot to another primary, but not the keys in it, which are lost.</summary>
    public async Task MoveSlotAsync(int slot, RedisServer to)
    {
        foreach (var node in Primaries)
        {
            foreach (var key in (RedisKey[])(await node.CommandAsync("CLUSTER", "GETKEYSINSLOT", slot, int.MaxValue))!)
            {
                await node.CommandAsync("DEL", key);
            }
        }

        var id = await IdOfAsync(to);
        // First the one that gets it, as the manual says.
        foreach (var node in Primaries.OrderByDescending(node => node == to))
        {
            await node.CommandAsync("CLUSTER", "SETSLOT", slot, "NODE", id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (server, _) in _nodes)
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<string> IdOfAsync(RedisServer node) => (string)(await node.CommandAsync("CLUSTER", "MYID"))!;

    private async Task<RedisServer> AddNodeAsync()
    {
        var busPort = FreePort.Next();
        var server = new RedisServer(
            _data,
            "--cluster-enabled", "yes", "--cluster-port", busPort.ToString(CultureInfo.InvariantCulture),
            // One that is lost costs the others nothing, and nobody takes over unless he is told to.
            "--cluster-require-full-coverage", "no", "--cluster-replica-no-failover", "yes")
        {
            Password = _password,
        };
        _nodes.Add((server, busPort));
        await server.StartAsync();
        return server;
    }

    private async Task JoinAsync()
    {
        foreach (var (node, _) in _nodes)
        {
            foreach (var (other, busPort) in _nodes.Where(other => other.Server != node))
            {
                await node.CommandAsync("CLUSTER", "MEET", "127.0.0.1", other.Port, busPort);
            }
        }

        foreach (var (node, _) in _nodes)
        {
            await Eventually.GetAsync(
                async () => (string)(await node.CommandAsync("CLUSTER", "INFO"))!,
                info => info.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && info.Contains($"cluster_known_nodes:{_nodes.Count}", StringComparison.Ordinal));
        }
    }
}
