using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using UserCache.ApiService.Security;
using UserCache.ApiService.Users;

namespace UserCache.ApiService;

/// <summary>Settings of the API's documents; section <c>Docs</c>.</summary>
public sealed class ApiDocsOptions
{
    public const string Section = "Docs";

    /// <summary>Serve them, to whoever reaches the API. Default: in development only.</summary>
    public bool Enabled { get; set; }
}

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and its page at <c>/docs</c>.</summary>
internal static class ApiDocs
{
    private const string Document = "v1";
    private const string TokenScheme = "token";

    public static void AddApiDocs(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ApiDocsOptions>()
            .Configure<IHostEnvironment>((docs, environment) => docs.Enabled = environment.IsDevelopment())
            .BindConfiguration(ApiDocsOptions.Section);
        services.AddOpenApi(Document, options =>
        {
            // Other ports have calls as well.
            options.ShouldInclude = call => call.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info.Title = "UserCache";
                document.Info.Description = "Users in PostgreSQL with a Redis cache in front.";
                // Where the document came from: what a client calls it by is the client's word.
                document.Servers = [new OpenApiServer { Url = "/" }];
                return Task.CompletedTask;
            });
            options.AddDocumentTransformer(DescribeToken);
            options.AddOperationTransformer(DescribeScope);
            // The calls take numbers as text, to say in their own words what is wrong with one.
            options.AddOperationTransformer((operation, _, _) =>
            {
                foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
                {
                    parameter.Schema = parameter.Name switch
                    {
                        "id" => Number(from: 1),
                        "after" => Number(from: 0),
                        "limit" => Number(from: 1, to: UserListQuery.MaxLimit),
                        _ => parameter.Schema,
                    };
                }

                return Task.CompletedTask;
            });
        });
    }

    private static Task DescribeToken(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken _)
    {
        if (context.ApplicationServices.GetService<Access>() is { ProtectsWrites: true })
        {
            (document.Components ??= new OpenApiComponents()).SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [TokenScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    BearerFormat = "JWT",
                    Description = "A token of this service's authority, with the scope that the call names.",
                },
            };
        }

        return Task.CompletedTask;
    }

    private static Task DescribeScope(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken _)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().FirstOrDefault()?.Policy is { } scope)
        {
            operation.Security =
                [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(TokenScheme, context.Document)] = [scope] }];
        }

        return Task.CompletedTask;
    }

    public static void MapApiDocs(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        if (!services.GetRequiredService<IOptions<ApiDocsOptions>>().Value.Enabled)
        {
            return;
        }

        // The framework's own call makes it anew each time, which takes as long as hundreds of reads.
        var document = new Lazy<Task<byte[]>>(() => WriteAsync(services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document)));
        endpoints.MapGet($"/openapi/{Document}.json", async () => TypedResults.Bytes(await document.Value, "application/json"));
        // Nothing that needs, or reports to, the internet.
        endpoints.MapScalarApiReference("/docs", (options, context) => options
            .WithTitle("UserCache API")
            .WithNonce(SetPolicy(context.Response.Headers))
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools());
    }

    private static OpenApiSchema Number(int from, int? to = null) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int64",
        Minimum = from.ToString(CultureInfo.InvariantCulture),
        Maximum = to?.ToString(CultureInfo.InvariantCulture),
    };

    private static async Task<byte[]> WriteAsync(IOpenApiDocumentProvider provider) =>
        Encoding.UTF8.GetBytes(await (await provider.GetOpenApiDocumentAsync()).SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));

    /// <returns>What the page's own scripts are known by. Its styles are made while it runs.</returns>
    private static string SetPolicy(IHeaderDictionary headers)
    {
        var nonce = RandomNumberGenerator.GetHexString(32);
        headers.ContentSecurityPolicy = $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        return nonce;
    }
}
