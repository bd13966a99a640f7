namespace UserCache.Tests.Fuzz;

/// <summary>A user whom one client writes, and everyone reads: what a read may answer is known from when it began.</summary>
internal sealed class KnownUser(long id, long version)
{
    private long _begun = version;
    private long _acknowledged = version;

    public long Id => id;

    public string Key => string.Create(CultureInfo.InvariantCulture, $"USER::{id}");

    /// <summary>What all its names begin with.</summary>
    public string Prefix => string.Create(CultureInfo.InvariantCulture, $"fuzz-{id}-");

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public int Writes { get; private set; }

    /// <summary>How many of them did not reach Redis, and were still to be relayed.</summary>
    public int Pending { get; private set; }

    /// <summary>Gives the user the name of its next version.</summary>
    /// <returns>What is wrong with the answer.</returns>
    public async Task<string?> WriteAsync(UsersClient users)
    {
        var next = Interlocked.Increment(ref _begun);
        var answer = await users.PutAsync(id, new { username = Name(next) });
        if (answer.Status != 200 || Wrong(answer.Data, next, next) is not null)
        {
            return $"PUT of version {next} of {id}: {answer}";
        }

        Writes++;
        if (answer.CacheStatus == "UserCache; fwd=method")
        {
            Interlocked.Exchange(ref _acknowledged, next);
        }
        else
        {
            Pending++;
        }

        return null;
    }

    /// <param name="user">As it was answered.</param>
    /// <param name="acknowledged"><see cref="Acknowledged"/>, from before the read began.</param>
    /// <returns>What is wrong with it.</returns>
    public string? Wrong(JsonElement user, long acknowledged) => Wrong(user, acknowledged, Interlocked.Read(ref _begun));

    private string? Wrong(JsonElement user, long from, long to)
    {
        var version = user.GetProperty("version").GetInt64();
        var isRight = user.GetProperty("id").GetInt64() == id && user.GetProperty("username").GetString() == Name(version);
        return isRight && version >= from && version <= to
            ? null
            : $"user {id} at a version from {from} to {to}, read as {user}";
    }

    private string Name(long version) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{version}");
}
