namespace UserCache.Bench.Freshness;

/// <summary>How a write was made, and acknowledged.</summary>
internal enum Writer
{
    /// <summary>Through the API.</summary>
    Api,

    /// <summary>Through the API, whose answer said that others may still see the old value for a while.</summary>
    ApiPending,

    /// <summary>By SQL, past the API.</summary>
    Sql,
}

/// <summary>A write that was acknowledged.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Version">What it made.</param>
/// <param name="By">By whom.</param>
/// <param name="Acknowledged">When its answer was there, by <see cref="Stopwatch"/>.</param>
internal readonly record struct Write(long User, long Version, Writer By, long Acknowledged);

/// <summary>A read that was answered.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Version">What it gave.</param>
/// <param name="Begun">When it was sent, by <see cref="Stopwatch"/>.</param>
internal readonly record struct Read(long User, long Version, long Begun);

/// <summary>Which reads were stale, and how old they were.</summary>
internal static class Staleness
{
    /// <summary>
    /// A read is stale when it gave a lower version than one whose write was acknowledged before the read began; its age is the time
    /// from the first such acknowledgement to its beginning.
    /// </summary>
    /// <returns>The ages of the stale reads.</returns>
    public static IEnumerable<TimeSpan> Ages(IEnumerable<Read> reads, IEnumerable<Write> writes)
    {
        var users = writes.GroupBy(write => write.User).ToDictionary(of => of.Key, of => new Acknowledgements(of));
        foreach (var read in reads)
        {
            if (users.TryGetValue(read.User, out var writesOfUser)
                && writesOfUser.FirstAbove(read.Version) is var first && first < read.Begun)
            {
                yield return Stopwatch.GetElapsedTime(first, read.Begun);
            }
        }
    }

    /// <summary>Those of one user.</summary>
    private sealed class Acknowledgements
    {
        private readonly long[] _versions;
        private readonly long[] _firstFrom;

        public Acknowledgements(IEnumerable<Write> writes)
        {
            var sorted = writes.OrderBy(write => write.Version).ToList();
            _versions = [.. sorted.Select(write => write.Version)];
            _firstFrom = [.. sorted.Select(write => write.Acknowledged)];
            // A later version may be acknowledged before an earlier one.
            for (var place = _firstFrom.Length - 2; place >= 0; place--)
            {
                _firstFrom[place] = Math.Min(_firstFrom[place], _firstFrom[place + 1]);
            }
        }

        /// <returns>When the first of all higher versions was acknowledged; the end of time when there is none.</returns>
        public long FirstAbove(long version)
        {
            var found = Array.BinarySearch(_versions, version + 1);
            var place = found >= 0 ? found : ~found;
            return place < _firstFrom.Length ? _firstFrom[place] : long.MaxValue;
        }
    }
}
