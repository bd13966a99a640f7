using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>The network that other tests break must break as told, or they would test nothing.</summary>
public sealed class TcpProxyTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private readonly TcpListener _first = Listen();
    private readonly TcpListener _second = Listen();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Bytes_go_both_ways_and_so_does_the_end()
    {
        await using var proxy = new TcpProxy(PortOf(_first));
        using var client = await ConnectAsync(proxy);
        using var server = await _first.AcceptSocketAsync();

        await SendAsync(client, "ping");
        Assert.Equal("ping", await ReadAsync(server, 4));
        await SendAsync(server, "pong");
        Assert.Equal("pong", await ReadAsync(client, 4));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReadAsync(server, 1));
        await SendAsync(server, "bye");
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal("bye", await ReadAsync(client, 4));
    }

    [Fact]
    public async Task Cut_ends_connections_and_refuses_new_ones_until_it_is_mended()
    {
        await using var proxy = new TcpProxy(PortOf(_first));
        using var client = await ConnectAsync(proxy);
        using var server = await _first.AcceptSocketAsync();

        proxy.Cut();

        Assert.Equal("", await ReadAsync(client, 1));
        Assert.Equal("", await ReadAsync(server, 1));
        using var refused = await ConnectAsync(proxy);
        Assert.Equal("", await ReadAsync(refused, 1));

        proxy.Mend();
        using var mended = await ConnectAsync(proxy);
        using var again = await _first.AcceptSocketAsync();
        await SendAsync(mended, "ping");
        Assert.Equal("ping", await ReadAsync(again, 4));
    }

    [Fact]
    public async Task Held_bytes_arrive_in_order_after_the_release_and_the_other_direction_goes_on()
    {
        await using var proxy = new TcpProxy(PortOf(_first));
        using var client = await ConnectAsync(proxy);
        using var server = await _first.AcceptSocketAsync();

        proxy.Hold(Direction.ToServer);
        await SendAsync(client, "one ");
        await SendAsync(client, "two");
        await SendAsync(server, "pong");
        Assert.Equal("pong", await ReadAsync(client, 4));
        await AssertSilentAsync(server);

        proxy.Release();
        Assert.Equal("one two", await ReadAsync(server, 7));
    }

    [Fact]
    public async Task Hold_from_a_text_holds_that_connection_alone_even_when_the_text_comes_in_pieces()
    {
        await using var proxy = new TcpProxy(PortOf(_first));
        using var client = await ConnectAsync(proxy);
        using var server = await _first.AcceptSocketAsync();
        using var other = await ConnectAsync(proxy);
        using var otherServer = await _first.AcceptSocketAsync();

        var held = proxy.HoldFrom(Direction.ToServer, "COMMIT");
        await SendAsync(client, "SELECT;COM");
        Assert.Equal("SELECT;COM", await ReadAsync(server, 10));
        Assert.False(held.IsCompleted);
        await SendAsync(client, "MIT;");
        await held.WaitAsync(Limit);
        await AssertSilentAsync(server);
        await SendAsync(other, "COMMIT");
        Assert.Equal("COMMIT", await ReadAsync(otherServer, 6));

        proxy.Release();
        Assert.Equal("MIT;", await ReadAsync(server, 4));
    }

    [Fact]
    public async Task Slow_proxy_delays_each_piece_of_data_until_it_is_told_otherwise()
    {
        await using var proxy = new TcpProxy(PortOf(_first));
        using var client = await ConnectAsync(proxy);
        using var server = await _first.AcceptSocketAsync();

        proxy.Slow(TimeSpan.FromMilliseconds(100));
        var started = Stopwatch.GetTimestamp();
        for (var piece = 0; piece < 10; piece++)
        {
            await SendAsync(client, "ping");
            Assert.Equal("ping", await ReadAsync(server, 4));
        }

        // Half a second is to be expected; less than a tenth of a second once in ten thousand million times.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(100), Limit);

        proxy.Slow(TimeSpan.Zero);
        await SendAsync(client, "ping");
        Assert.Equal("ping", await ReadAsync(server, 4));
    }

    [Fact]
    public async Task Held_bytes_are_lost_when_the_connection_is_cut()
    {
        // Often, for it takes a moment's chance to let them through.
        for (var turn = 0; turn < 300; turn++)
        {
            await using var proxy = new TcpProxy(PortOf(_first));
            using var client = await ConnectAsync(proxy);
            using var server = await _first.AcceptSocketAsync();
            var held = proxy.HoldFrom(Direction.ToServer, "secret");
            await SendAsync(client, "secret");
            await held.WaitAsync(Limit);

            proxy.Cut();

            Assert.Equal("", await ReadAsync(server, 6));
        }
    }

    [Fact]
    public async Task Retargeted_proxy_drops_connections_and_leads_to_the_other_server()
    {
        await using var proxy = new TcpProxy(PortOf(_first));
        using var client = await ConnectAsync(proxy);
        using var server = await _first.AcceptSocketAsync();

        proxy.Retarget(PortOf(_second));

        Assert.Equal("", await ReadAsync(client, 1));
        using var moved = await ConnectAsync(proxy);
        using var other = await _second.AcceptSocketAsync();
        await SendAsync(other, "hello");
        Assert.Equal("hello", await ReadAsync(moved, 5));
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return listener;
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text));

    // Reads until there are that many bytes, or the connection has ended or is broken.
    private static async Task<string> ReadAsync(Socket socket, int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        var buffer = new byte[count];
        var read = 0;
        try
        {
            while (read < count && await socket.ReceiveAsync(buffer.AsMemory(read), limit.Token) is > 0 and var more)
            {
                read += more;
            }
        }
        catch (SocketException)
        {
        }

        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    private static async Task AssertSilentAsync(Socket socket)
    {
        await Task.Delay(Silence);
        Assert.Equal(0, socket.Available);
    }

    private static async Task<Socket> ConnectAsync(TcpProxy proxy)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, proxy.Port);
        return socket;
    }
}
