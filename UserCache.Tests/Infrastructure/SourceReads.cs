using System.Collections.Concurrent;

namespace UserCache.Tests.Infrastructure;

/// <summary>Counts how often one replica's cache of users has asked the database, and for what.</summary>
public sealed class SourceReads
{
    private readonly ConcurrentQueue<IReadOnlyList<string>> _reads = new();

    /// <summary>How often a user was read, by a query for it alone.</summary>
    public int Alone(string id) => _reads.Count(ids => ids.Count == 1 && ids[0] == id);

    internal void Watch(IServiceCollection services)
    {
        var source = services.Single(service => service.ServiceType == typeof(ICacheSource) && Equals(service.ServiceKey, "users"));
        services.Remove(source);
        services.AddKeyedSingleton<ICacheSource>("users", (provider, name) =>
            new Source((ICacheSource)source.KeyedImplementationFactory!(provider, name), _reads));
    }

    private sealed class Source(ICacheSource inner, ConcurrentQueue<IReadOnlyList<string>> reads) : ICacheSource
    {
        public bool IsKey(string row) => inner.IsKey(row);

        public Task<IReadOnlyList<SourceRow>> LoadAsync(IReadOnlyList<string> rows, CancellationToken cancellationToken)
        {
            reads.Enqueue(rows);
            return inner.LoadAsync(rows, cancellationToken);
        }
    }
}
