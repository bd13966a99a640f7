namespace UserCache.Caching.Scripts;

/// <summary>
/// The protocol's steps. Each is one Lua script over keys of one cluster slot, and so atomic. The client loads a script once for
/// each connection, calls it by its hash, and loads it again when the server has forgotten it.
/// </summary>
internal static class Script
{
    private static readonly string Common = Text("common");

    public static readonly string Acquire = Read("acquire");
    public static readonly string Fill = Read("fill");
    public static readonly string AcquireRefresh = Read("acquire-refresh");
    public static readonly string BeginWrite = Read("begin-write");
    public static readonly string EndWrite = Read("end-write");
    public static readonly string InvalidateOlder = Read("invalidate-older");
    public static readonly string Evict = Read("evict");
    public static readonly string Mark = Read("mark");
    public static readonly string Claim = Read("claim");
    public static readonly string Discard = Read("discard");
    public static readonly string Inspect = Read("inspect");

    /// <summary>The whole of a script.</summary>
    internal static string Read(string name)
    {
        var text = Text(name);
        // A script's flags have to stay its first line.
        return text.Insert(text.StartsWith("#!", StringComparison.Ordinal) ? text.IndexOf('\n', StringComparison.Ordinal) + 1 : 0, Common);
    }

    private static string Text(string name)
    {
        using var stream = typeof(Script).Assembly.GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
