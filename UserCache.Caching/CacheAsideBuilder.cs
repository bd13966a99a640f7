using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace UserCache.Caching;

/// <summary>Says of a cache where its rows are from, and what they are.</summary>
public sealed class CacheAsideBuilder
{
    internal CacheAsideBuilder(IServiceCollection services, string name) => (Services, Name) = (services, name);

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The cache's name.</summary>
    public string Name { get; }

    /// <summary>Says where its rows are from.</summary>
    /// <param name="source">Makes the source, once.</param>
    public CacheAsideBuilder From(Func<IServiceProvider, ICacheSource> source)
    {
        Services.AddKeyedSingleton(Name, (provider, _) => source(provider));
        return this;
    }

    /// <summary>Says what its rows are: adds a <see cref="CacheAside{T}"/>, a service by its type.</summary>
    /// <param name="json">Made at compile time: a serializer context's.</param>
    /// <typeparam name="T">The row; of no other cache.</typeparam>
    public CacheAsideBuilder Of<T>(JsonTypeInfo<T> json)
        where T : class
    {
        Services.AddSingleton(provider => new CacheAside<T>(provider.GetRequiredKeyedService<CacheAside>(Name), json));
        return this;
    }
}
