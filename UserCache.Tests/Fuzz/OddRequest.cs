namespace UserCache.Tests.Fuzz;

/// <summary>What a client may count on.</summary>
internal enum Soundness
{
    /// <summary>A request by the book: the service itself answers it.</summary>
    Sound,

    /// <summary>
    /// One request, whole, with something in it that the server may refuse: it is answered, and the connection may be closed.
    /// </summary>
    Odd,

    /// <summary>Not whole, or of no certain length: whatever is answered, the connection comes to an end.</summary>
    Broken,
}

/// <summary>A request as it goes over the wire.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="Soundness">What may be expected of the answer.</param>
/// <param name="Id">Whose data it is that a 200 must have; none when it is not of one user.</param>
internal sealed record OddRequest(string Method, byte[] Bytes, Soundness Soundness, long? Id)
{
    private const int Shown = 600;

    public override string ToString()
    {
        var text = new System.Text.StringBuilder();
        foreach (var unit in Bytes.Take(Shown))
        {
            _ = unit is >= 0x20 and < 0x7F or (byte)'\n'
                ? text.Append((char)unit) : text.Append(CultureInfo.InvariantCulture, $"\\x{unit:x2}");
        }

        return $"{Soundness}, {Bytes.Length} bytes: {text}";
    }
}
