using System.Net;
using System.Net.Sockets;

namespace UserCache.Tests.Infrastructure.Servers;

// Nobody else is given a port meanwhile.
[Collection(AloneGroup.Name)]
public sealed class FreePortTests
{
    [Fact]
    public void Ports_are_given_once_each_and_none_that_someone_listens_on_or_that_an_outgoing_connection_may_get_meanwhile()
    {
        var firstOfTheSystem = int.Parse(
            File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ')[0], CultureInfo.InvariantCulture);

        var ports = Enumerable.Range(0, 500).Select(_ => FreePort.Next()).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1_024, firstOfTheSystem - 1));

        var before = FreePort.Next();
        using var listener = new TcpListener(IPAddress.Loopback, before + 1);
        listener.Start();

        Assert.NotEqual(before + 1, FreePort.Next());
    }
}
