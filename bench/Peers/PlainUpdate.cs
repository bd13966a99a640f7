using Npgsql;

namespace UserCache.Peers;

/// <summary>The UPDATE and COMMIT of a write and nothing else: on a copy of the table that has no triggers.</summary>
internal static class PlainUpdate
{
    public static async Task<IResult> PutAsync(long id, Input input, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            $"UPDATE plain_users SET username = $1, email = $2 WHERE id = $3 RETURNING {UsersTable.Columns}", connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = input.Username });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = input.Email });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
        User? user;
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            user = await rows.ReadAsync(cancellationToken) ? UsersTable.Current(rows) : null;
        }

        await transaction.CommitAsync(cancellationToken);
        return Contestants.Answer(user);
    }

    internal sealed record Input(string Username, string? Email);
}
