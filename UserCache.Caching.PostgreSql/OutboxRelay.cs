using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Options;
using Npgsql;

namespace UserCache.Caching.PostgreSql;

/// <summary>
/// Looks at the outbox all the time, turn by turn, whatever fails meanwhile. Every replica has one, and each can do the work alone.
/// </summary>
internal sealed class OutboxRelay(
    Task after, RelayTurn turn, NpgsqlDataSource database, ShardRelays shards, RelayHealth health, IOptions<InvalidationOptions> options,
    TimeProvider time)
    : BackgroundService
{
    private readonly TimeSpan _pollInterval = options.Value.PollInterval;
    private Exception? _failedElsewhere;

    /// <summary>
    /// To be told when the database has failed someone else here: this replica may leave the look at the outbox to others, who have
    /// connections of their own.
    /// </summary>
    public void NoteFailure(Exception failure) => Volatile.Write(ref _failedElsewhere, failure);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await after.WaitAsync(stoppingToken);
        using var unrecorded = CacheTelemetry.StartUnrecorded();
        while (true)
        {
            var isDone = true;
            try
            {
                if (Interlocked.Exchange(ref _failedElsewhere, null) is { } failure)
                {
                    ExceptionDispatchInfo.Throw(failure);
                }

                isDone = await turn.RunAsync(stoppingToken);
                NoteTurn();
            }
            // Redis or the database is away: the changes wait in the outbox.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                health.NoteFailure(failure);
                if (RelayHealth.IsOfRedis(failure))
                {
                    shards.All.ForEach(shard => shard.NoteFailure(failure));
                    NoteSettled();
                }

                if (DatabaseFailure.Is(failure))
                {
                    // Others' idle connections are as good as lost: whoever took one would be told 503.
                    database.Clear();
                    // And when it is back it may be another, or have gone back: what was known of its transactions counts no more.
                    turn.Forget();
                }
            }

            shards.All.ForEach(shard => shard.NoteGate());
            await Task.Delay(isDone ? _pollInterval : TimeSpan.Zero, time, stoppingToken);
        }
    }

    private void NoteTurn()
    {
        if (shards.All.Select(shard => shard.Failure).FirstOrDefault(failure => failure is not null) is { } failure)
        {
            health.NoteFailure(failure);
        }
        else
        {
            health.NoteProgress();
        }

        NoteSettled();
    }

    private void NoteSettled()
    {
        if (shards.All.Count > 0 && shards.All.TrueForAll(shard => shard.IsSettled))
        {
            health.NoteReady();
        }
    }
}
