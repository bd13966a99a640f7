namespace UserCache.Tests.Chaos;

/// <summary>Since when each version of one user was known to somebody: the end of the first operation that had it.</summary>
internal sealed class KnownVersions
{
    private readonly long[] _versions;
    private readonly long[] _since;
    private readonly long[] _earliestFrom;

    public KnownVersions(IEnumerable<Operation> operations)
    {
        var first = operations.GroupBy(operation => operation.Version, operation => operation.End)
            .Select(ends => (Version: ends.Key, Since: ends.Min()))
            .OrderBy(version => version.Version)
            .ToList();
        _versions = [.. first.Select(version => version.Version)];
        _since = [.. first.Select(version => version.Since)];
        _earliestFrom = [.. _since];
        for (var place = _earliestFrom.Length - 2; place >= 0; place--)
        {
            _earliestFrom[place] = Math.Min(_earliestFrom[place], _earliestFrom[place + 1]);
        }
    }

    public IEnumerable<(long Version, long Since)> All => _versions.Zip(_since);

    /// <summary>When the first of the versions above this one became known; <see langword="null"/> when there are none.</summary>
    public long? EarliestAbove(long version)
    {
        var place = Halves.FirstAtLeast(_versions, version + 1);
        return place < _versions.Length ? _earliestFrom[place] : null;
    }
}

/// <summary>Binary search.</summary>
internal static class Halves
{
    /// <summary>
    /// The place of the first number that is not below this one, in numbers that never fall; their count when all are below.
    /// </summary>
    public static int FirstAtLeast(long[] numbers, long number)
    {
        var (low, high) = (0, numbers.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = numbers[middle] < number ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
