namespace UserCache.Tests.Chaos;

/// <summary>The clients: readers and writers, through the API and past it. Each does one thing after the other, at its own pace.</summary>
/// <param name="api">The replicas; each call goes to one at random.</param>
/// <param name="sql">PostgreSQL.</param>
/// <param name="usernames">Of the users, by id: a write changes the e-mail address only.</param>
/// <param name="journal">Where all is written down.</param>
/// <param name="seed">What each client's choices follow from.</param>
internal sealed class Load(ApiCalls api, SqlCalls sql, IReadOnlyDictionary<int, string> usernames, Journal journal, int seed)
{
    private int _clients;

    /// <summary>Goes on until it is told to stop, and ends with the last answer.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        Start(ChaosSettings.Readers, ChaosSettings.ReadsPerSecond, ReadAsync, stop)
            .Concat(Start(ChaosSettings.SqlReaders, ChaosSettings.SqlReadsPerSecond, ReadPastApiAsync, stop))
            .Concat(Start(ChaosSettings.ApiWriters, ChaosSettings.ApiWritesPerSecond, WriteThroughApiAsync, stop))
            .Concat(Start(ChaosSettings.SqlWriters, ChaosSettings.SqlWritesPerSecond, WritePastApiAsync, stop)));

    private static int AnyReplica(Random random) => random.Next(ChaosSettings.Replicas);

    private static string NewText(Random random) => $"{random.NextInt64():x}@example.com";

    private List<Task> Start(int count, double perSecond, Func<Client, Task> act, CancellationToken stop) =>
        [.. Enumerable.Range(0, count).Select(_ =>
        {
            var number = _clients++;
            var client = new Client(number, new Random(HashCode(number)));
            return Task.Run(() => RepeatAsync(client, TimeSpan.FromSeconds(count / perSecond), act, stop), CancellationToken.None);
        })];

    // Not System.HashCode, which differs from run to run.
    private int HashCode(int client) => unchecked((seed * 397) + client);

    private static async Task RepeatAsync(Client client, TimeSpan meanPause, Func<Client, Task> act, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await act(client);
            // Pauses as between independent people: now and then very short ones.
            await Task.Delay(-Math.Log(1 - client.Random.NextDouble()) * meanPause, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(Client client)
    {
        var random = client.Random;
        if (random.NextDouble() >= ChaosSettings.BatchShare)
        {
            journal.Note(await api.ReadAsync(client.Number, AnyReplica(random), ChaosRow.Next(random)));
            return;
        }

        var isTeam = ChaosRow.IsTeam(ChaosRow.Next(random));
        var rows = Enumerable.Range(0, ChaosSettings.BatchSize).Select(_ => ChaosRow.Next(random, isTeam)).Distinct().ToList();
        foreach (var read in await api.ReadManyAsync(client.Number, AnyReplica(random), rows))
        {
            journal.Note(read);
        }
    }

    // And reads what it wrote, mostly by another replica: nobody has better reason to complain of an old version.
    private async Task WriteThroughApiAsync(Client client)
    {
        var random = client.Random;
        var row = ChaosRow.Next(random);
        var other = ChaosRow.IsTeam(row) ? ChaosRow.Next(random, isTeam: true) : row;
        if (!ChaosRow.IsTeam(row))
        {
            journal.Note(await api.WriteUserAsync(client.Number, AnyReplica(random), row, usernames[row], NewText(random)));
        }
        else if (other == row)
        {
            journal.Note(await api.RenameTeamAsync(client.Number, AnyReplica(random), row, NewText(random)));
        }
        else
        {
            journal.NoteTogether(await api.MoveSeatAsync(client.Number, AnyReplica(random), row, other));
        }

        journal.Note(await api.ReadAsync(client.Number, AnyReplica(random), other));
    }

    private async Task ReadPastApiAsync(Client client) =>
        journal.Note(await sql.ReadAsync(client.Number, ChaosRow.Next(client.Random)));

    private async Task WritePastApiAsync(Client client)
    {
        var row = ChaosRow.Next(client.Random);
        journal.Note(await sql.WriteAsync(client.Number, row, NewText(client.Random)));
    }

    private sealed record Client(int Number, Random Random);
}
