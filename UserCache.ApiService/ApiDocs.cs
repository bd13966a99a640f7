using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace UserCache.ApiService;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and its page at <c>/docs</c>.</summary>
internal static class ApiDocs
{
    public static void AddApiDocs(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "UserCache";
            document.Info.Description = "Users in PostgreSQL with a Redis cache in front.";
            return Task.CompletedTask;
        });
        // The calls take ids as text, to say in their own words what is wrong with one.
        options.AddOperationTransformer((operation, _, _) =>
        {
            foreach (var id in operation.Parameters?.OfType<OpenApiParameter>()
                .Where(parameter => parameter.In == ParameterLocation.Path) ?? [])
            {
                id.Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "1" };
            }

            return Task.CompletedTask;
        });
    });

    public static void MapApiDocs(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpenApi();
        // Nothing that needs, or reports to, the internet.
        endpoints.MapScalarApiReference("/docs", options => options
            .WithTitle("UserCache API")
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools());
    }
}
