namespace UserCache.Caching;

/// <summary>A copy of an entry, and how long from its note it may be served.</summary>
internal sealed record NearCopy(string Key, CacheEntry Entry, NearNote Note, TimeSpan Life)
{
    // The objects around key and body, and the copy's place.
    private const int Overhead = 512;

    /// <summary>Bytes that it takes.</summary>
    public int Size => Entry.Payload.Body.Length + (sizeof(char) * Key.Length) + Overhead;
}

/// <summary>
/// Places for copies, few for each key: the oldest there makes room, so nothing is ever looked for, counted or cleaned up on the way of a
/// hit.
/// </summary>
/// <param name="maxBytes">What all copies may take.</param>
internal sealed class NearCopies(long maxBytes)
{
    // A copy of something small takes little less than this.
    private const int BytesAPlace = 1_024;
    private const int PlacesAKey = 4;

    private readonly NearCopy?[] _places = new NearCopy?[(maxBytes / BytesAPlace / PlacesAKey * PlacesAKey)];
    private long _bytes;

    public NearCopy? Find(string key)
    {
        foreach (ref var place in PlacesOf(key))
        {
            if (Volatile.Read(ref place) is { } copy && copy.Key == key)
            {
                return copy;
            }
        }

        return null;
    }

    public void Put(NearCopy copy)
    {
        if (copy.Size > maxBytes)
        {
            return;
        }

        var places = PlacesOf(copy.Key);
        ref var chosen = ref places[0];
        var oldest = long.MaxValue;
        foreach (ref var place in places)
        {
            var there = Volatile.Read(ref place);
            if (there is null || there.Key == copy.Key)
            {
                chosen = ref place;
                break;
            }

            if (there.Note.At < oldest)
            {
                chosen = ref place;
                oldest = there.Note.At;
            }
        }

        if (Exchange(ref chosen, copy) > maxBytes)
        {
            // Some are large. Copies live so short that to begin anew costs less than to choose.
            foreach (ref var place in _places.AsSpan())
            {
                Exchange(ref place, null);
            }
        }
    }

    private long Exchange(ref NearCopy? place, NearCopy? copy) =>
        Interlocked.Add(ref _bytes, (copy?.Size ?? 0) - (Interlocked.Exchange(ref place, copy)?.Size ?? 0));

    private Span<NearCopy?> PlacesOf(string key) =>
        _places.AsSpan((int)((uint)string.GetHashCode(key) % (uint)(_places.Length / PlacesAKey)) * PlacesAKey, PlacesAKey);
}
