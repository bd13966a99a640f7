using System.Globalization;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using UserCache.ApiService.Users;

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

    private static OpenApiSchema Number(int from, int? to = null) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int64",
        Minimum = from.ToString(CultureInfo.InvariantCulture),
        Maximum = to?.ToString(CultureInfo.InvariantCulture),
    };
}
