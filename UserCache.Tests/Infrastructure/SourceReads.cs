using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace UserCache.Tests.Infrastructure;

/// <summary>Counts how often one replica's cache has asked the database, and for what.</summary>
public sealed class SourceReads
{
    private readonly ConcurrentQueue<IReadOnlyList<string>> _reads = new();

    /// <summary>How often a key was read, by a query for it alone.</summary>
    public int Alone(string key) => _reads.Count(keys => keys.Count == 1 && keys[0] == key);

    internal void Watch(IServiceCollection services)
    {
        var source = services.Single(service => service.ServiceType == typeof(ICacheSource));
        services.Remove(source);
        services.AddSingleton<ICacheSource>(provider =>
            new Source((ICacheSource)ActivatorUtilities.CreateInstance(provider, source.ImplementationType!), _reads));
    }

    private sealed class Source(ICacheSource inner, ConcurrentQueue<IReadOnlyList<string>> reads) : ICacheSource
    {
        public Task<IReadOnlyList<CachePayload>> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
        {
            reads.Enqueue(keys);
            return inner.LoadAsync(keys, cancellationToken);
        }
    }
}
