using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>Which primary of a Redis Cluster has which slots, as its nodes tell.</summary>
internal static class ClusterSlots
{
    private const int Count = 16_384;

    // As the nodes write it: id, address, flags, primary, ping, pong, epoch, …
    private const int EpochPlace = 6;

    /// <summary>
    /// For each slot its owner, if that one is not lost. Where nodes disagree, the claim of the latest epoch counts, as among themselves.
    /// </summary>
    /// <param name="views">What each node says.</param>
    public static EndPoint?[] OwnersIn(IEnumerable<ClusterConfiguration> views)
    {
        var owners = new EndPoint?[Count];
        var epochs = new long[Count];
        foreach (var node in views.SelectMany(view => view.Nodes).Where(node => node is { IsReplica: false, EndPoint: not null }))
        {
            // The first epoch is 0.
            var epoch = long.Parse(node.Raw.Split(' ')[EpochPlace], CultureInfo.InvariantCulture) + 1;
            foreach (var slot in node.Slots.SelectMany(range => Enumerable.Range(range.From, range.To - range.From + 1)))
            {
                if (epoch > epochs[slot])
                {
                    (owners[slot], epochs[slot]) = (node.EndPoint, epoch);
                }
            }
        }

        return owners;
    }
}
