using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UserCache.Tests.Infrastructure;

/// <summary>The network that other tests break must break as told, or they would test nothing.</summary>
public sealed class TcpProxyTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private readonly TcpListener _first = Listen();
    private readonly TcpListener _second = Listen();
    private TcpProxy _proxy = null!;
    private Socket _client = null!;
    private Socket _server = null!;

    public async Task InitializeAsync()
    {
        _proxy = new TcpProxy(PortOf(_first));
        _client = await ConnectAsync(_proxy);
        _server = await _first.AcceptSocketAsync();
    }

    public Task DisposeAsync() => _proxy.DisposeAsync().AsTask();

    public void Dispose() => Array.ForEach<IDisposable>([_client, _server, _first, _second], one => one.Dispose());

    [Fact]
    public async Task Bytes_go_both_ways_and_so_does_the_end()
    {
        await AssertPassesAsync("ping", _client, _server);
        await AssertPassesAsync("pong", _server, _client);
        _client.Shutdown(SocketShutdown.Send);
        await AssertEndedAsync(_server);
        await SendAsync(_server, "bye");
        _server.Shutdown(SocketShutdown.Send);
        Assert.Equal("bye", await ReadAsync(_client, 4));
    }

    [Fact]
    public async Task Cut_ends_connections_and_refuses_new_ones_until_it_is_mended()
    {
        _proxy.Cut();

        await AssertEndedAsync(_client);
        await AssertEndedAsync(_server);
        using var refused = await ConnectAsync(_proxy);
        await AssertEndedAsync(refused);

        _proxy.Mend();
        using var mended = await ConnectAsync(_proxy);
        using var again = await _first.AcceptSocketAsync();
        await AssertPassesAsync("ping", mended, again);
    }

    [Fact]
    public async Task Held_bytes_arrive_in_order_after_the_release_and_the_other_direction_goes_on()
    {
        _proxy.Hold(Direction.ToServer);
        await SendAsync(_client, "one ");
        await SendAsync(_client, "two");
        await AssertPassesAsync("pong", _server, _client);
        await AssertSilentAsync(_server);

        _proxy.Release();
        Assert.Equal("one two", await ReadAsync(_server, 7));
    }

    [Fact]
    public async Task Hold_from_a_text_holds_that_connection_alone_even_when_the_text_comes_in_pieces()
    {
        using var other = await ConnectAsync(_proxy);
        using var otherServer = await _first.AcceptSocketAsync();

        var held = _proxy.HoldFrom(Direction.ToServer, "COMMIT");
        await AssertPassesAsync("SELECT;COM", _client, _server);
        Assert.False(held.IsCompleted);
        await SendAsync(_client, "MIT;");
        await held.WaitAsync(Limit);
        await AssertSilentAsync(_server);
        await AssertPassesAsync("COMMIT", other, otherServer);

        _proxy.Release();
        Assert.Equal("MIT;", await ReadAsync(_server, 4));
    }

    [Fact]
    public async Task Slow_proxy_delays_each_piece_of_data_until_it_is_told_otherwise()
    {
        _proxy.Slow(TimeSpan.FromMilliseconds(100));
        var started = Stopwatch.GetTimestamp();
        for (var piece = 0; piece < 10; piece++)
        {
            await AssertPassesAsync("ping", _client, _server);
        }

        // Half a second is to be expected; less than a tenth of a second once in ten thousand million times.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(100), Limit);

        _proxy.Slow(TimeSpan.Zero);
        await AssertPassesAsync("ping", _client, _server);
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
        _proxy.Retarget(PortOf(_second));

        await AssertEndedAsync(_client);
        using var moved = await ConnectAsync(_proxy);
        using var other = await _second.AcceptSocketAsync();
        await AssertPassesAsync("hello", other, moved);
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return listener;
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text));

    private static async Task AssertPassesAsync(string text, Socket from, Socket to)
    {
        await SendAsync(from, text);
        Assert.Equal(text, await ReadAsync(to, text.Length));
    }

    private static async Task AssertEndedAsync(Socket socket) => Assert.Equal("", await ReadAsync(socket, 1));

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
