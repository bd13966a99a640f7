using System.Net.Sockets;

namespace UserCache.Tests.Infrastructure;

/// <summary>What one server replies over one connection through a <see cref="RedisProxy"/>.</summary>
/// <param name="server">Who replies.</param>
/// <param name="client">To whom.</param>
/// <param name="hidesRun">Whether to hide which run it is.</param>
/// <param name="first">What comes before it, and itself, is for the proxy.</param>
internal sealed class RedisProxyReplies(Socket server, Socket client, Func<bool> hidesRun, byte[]? first)
{
    private static readonly byte[] Run = "run_id:"u8.ToArray(), HiddenRun = "hidden:"u8.ToArray();

    private readonly byte[] _buffer = new byte[64 * 1024];
    private byte[]? _first = first;
    private int _count;
    private volatile byte[]? _last;

    /// <summary>The reply with which it ends, and which is for the proxy.</summary>
    public byte[]? Last
    {
        get => _last;
        set => _last = value;
    }

    /// <returns>Whether the last reply has come; otherwise one of the ends has broken off.</returns>
    public async Task<bool> RunAsync()
    {
        try
        {
            while (await server.ReceiveAsync(_buffer.AsMemory(_count)) is > 0 and var received)
            {
                _count += received;
                if (_first is not null && !TakeFirst(_first))
                {
                    continue;
                }

                if (Last is { } last && _buffer.AsSpan(0, _count).IndexOf(last) is >= 0 and var end)
                {
                    await PassAsync(end);
                    return true;
                }

                // No reply ends within one of these: what looks like it will go on.
                await PassAsync(_count - Math.Max(TailOf(Run), TailOf(Last ?? Run)));
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
        }

        return false;
    }

    // What a server replies to what the proxy tells it of the client is little: it fits.
    private bool TakeFirst(byte[] first)
    {
        if (_buffer.AsSpan(0, _count).IndexOf(first) is not (>= 0 and var place))
        {
            return false;
        }

        Drop(place + first.Length);
        _first = null;
        return true;
    }

    private async Task PassAsync(int count)
    {
        Hide(_buffer.AsSpan(0, count));
        for (var sent = 0; sent < count;)
        {
            sent += await client.SendAsync(_buffer.AsMemory(sent, count - sent));
        }

        Drop(count);
    }

    private void Drop(int count)
    {
        _buffer.AsSpan(count, _count - count).CopyTo(_buffer);
        _count -= count;
    }

    /// <returns>How many bytes at the end are how a text begins.</returns>
    private int TailOf(ReadOnlySpan<byte> text)
    {
        var length = Math.Min(_count, text.Length - 1);
        while (length > 0 && !_buffer.AsSpan(0, _count).EndsWith(text[..length]))
        {
            length--;
        }

        return length;
    }

    // As long as before, so that all lengths stay right.
    private void Hide(Span<byte> replies)
    {
        if (hidesRun())
        {
            for (var rest = replies; rest.IndexOf(Run) is >= 0 and var place; rest = rest[(place + Run.Length)..])
            {
                HiddenRun.CopyTo(rest[place..]);
            }
        }
    }
}
