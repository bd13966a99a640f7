using Microsoft.Extensions.DependencyInjection;

namespace UserCache.AppHost.Servers;

/// <summary>PostgreSQL as a process of this machine, with the same connection string as Aspire's container.</summary>
internal sealed class PostgresProcess(string name, ParameterResource password)
    : ExecutableResource(name, "bash", AppContext.BaseDirectory), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={Property(EndpointProperty.Host)};Port={Property(EndpointProperty.Port)};Username=postgres;Password={password}");

    private EndpointReferenceExpression Property(EndpointProperty property) => this.Endpoint().Property(property);

    /// <summary>Adds it, and one database, to the graph.</summary>
    /// <param name="builder">The graph's builder.</param>
    /// <param name="name">Of the server's resource.</param>
    /// <param name="database">Of the database, its resource and its connection string.</param>
    /// <param name="programs">The folder of <c>initdb</c> and <c>postgres</c>.</param>
    /// <param name="folder">Where its data are kept.</param>
    public static IResourceBuilder<IResourceWithConnectionString> Add(
        IDistributedApplicationBuilder builder, string name, string database, string programs, string folder)
    {
        var password = ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var postgres = builder.AddResource(new PostgresProcess(name, password)).AsServerProcess("postgres.sh", programs, folder);
        postgres
            .WithArgs(postgres.Resource.Endpoint().Property(EndpointProperty.TargetPort), database)
            .WithEnvironment("POSTGRES_PASSWORD", password)
            .WithIconName("DatabaseMultiple");
        // It is made with the data folder.
        return builder.AddConnectionString(database, ReferenceExpression.Create($"{postgres};Database={database}"))
            .WithParentRelationship(postgres)
            .WithIconName("Database")
            .WithConnectionCheck((checks, check, connectionString) => checks.AddNpgSql(_ => connectionString(), name: check));
    }
}
