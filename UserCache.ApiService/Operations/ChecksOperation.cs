using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace UserCache.ApiService.Operations;

/// <summary>The management port's call that says why <c>/health</c> answers as it does.</summary>
internal static class ChecksOperation
{
    public static void MapChecks(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/checks", Check);

    /// <summary>Runs the checks of <c>/health</c>.</summary>
    public static async Task<Ok<ChecksResponse>> Check(HealthCheckService checks, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(cancellationToken);
        return TypedResults.Ok(new ChecksResponse(
            report.Status.ToString(),
            report.Entries.Where(check => check.Value.Status != HealthStatus.Healthy)
                .ToDictionary(check => check.Key, check => check.Value.Description ?? check.Value.Exception?.Message)));
    }
}

/// <summary>What the checks say.</summary>
/// <param name="Status">As <c>/health</c> has it.</param>
/// <param name="Reasons">By the name of each check that is not well.</param>
internal sealed record ChecksResponse(string Status, IReadOnlyDictionary<string, string?> Reasons);
