using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace UserCache.AppHost;

/// <summary>The API's management port, and what the dashboard offers to do through it.</summary>
internal static class Management
{
    private const string Endpoint = "management";
    private const string WarmCount = "recent";
    private const int PublishedPort = 8081;
    private const int MaxWarm = 100_000;

    /// <summary>
    /// Gives the API a port for operators, which is never one of those that are open to the outside, and the dashboard its commands.
    /// </summary>
    /// <param name="api">The API.</param>
    /// <param name="key">What callers of the port must know.</param>
    public static IResourceBuilder<ProjectResource> WithManagement(
        this IResourceBuilder<ProjectResource> api, IResourceBuilder<ParameterResource> key)
    {
        var isPublished = api.ApplicationBuilder.ExecutionContext.IsPublishMode;
        var port = api.GetEndpoint(Endpoint).Property(EndpointProperty.TargetPort);
        // Each replica has its own in a run, and in containers all have the same.
        api.WithHttpEndpoint(name: Endpoint, targetPort: isPublished ? PublishedPort : null)
            .WithEndpointsInEnvironment(endpoint => endpoint.Name != Endpoint)
            .WithEnvironment("Management__Url", ReferenceExpression.Create($"http://{(isPublished ? "*" : "localhost")}:{port}"))
            .WithEnvironment("Management__Key", key)
            .WithUrlForEndpoint(Endpoint, url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);

        return api
            .WithHttpCommand("/cache/users", "Flush cache", Endpoint, "flush-cache", Options(
                key, HttpMethod.Delete, "Broom", "Removes every cached user from Redis.",
                answer => $"{answer.GetProperty("removed")} entries were removed.",
                confirmation: "Remove every cached user from Redis? The next reads all go to PostgreSQL."))
            .WithHttpCommand("/cache/users/warm", "Warm cache", Endpoint, "warm-cache", WarmOptions(key))
            .WithHttpCommand("/users/demo", "Add demo users", Endpoint, "add-demo-users", Options(
                key, HttpMethod.Post, "PeopleAdd", "Adds those of the thousand demo users that are not there.",
                answer => $"{answer.GetProperty("added")} users were added."));
    }

#pragma warning disable ASPIREINTERACTION001 // Asking for an argument: experimental in Aspire 13.6, and there is no other way.
    private static HttpCommandOptions WarmOptions(IResourceBuilder<ParameterResource> key)
    {
        var options = Options(
            key, HttpMethod.Post, "Fire", "Fills Redis with the users that changed last.",
            last => $"{last.GetProperty("filled")} of {last.GetProperty("of")} users were filled, "
                + $"{last.GetProperty("present")} were there already, {last.GetProperty("refused")} were not stored.");
        options.Arguments =
        [
            new InteractionInput
            {
                Name = WarmCount,
                Label = "How many of the users that changed last",
                InputType = InputType.Number,
                Required = true,
                Value = "1000",
            },
        ];
        options.ValidateArguments = context =>
        {
            if (!int.TryParse(context.Inputs[WarmCount].Value, out var count) || count is < 1 or > MaxWarm)
            {
                context.AddValidationError(WarmCount, $"Give a number from 1 to {MaxWarm}.");
            }

            return Task.CompletedTask;
        };
        var authorize = options.PrepareRequest!;
        options.PrepareRequest = async context =>
        {
            await authorize(context);
            context.Request.Content = JsonContent.Create(new { recent = context.Arguments.GetInt32(WarmCount) });
        };
        return options;
    }
#pragma warning restore ASPIREINTERACTION001

    private static HttpCommandOptions Options(
        IResourceBuilder<ParameterResource> key,
        HttpMethod method,
        string icon,
        string description,
        Func<JsonElement, string> describe,
        string? confirmation = null) => new()
        {
            Method = method,
            IconName = icon,
            Description = description,
            ConfirmationMessage = confirmation,
            PrepareRequest = async context => context.Request.Headers.Authorization =
                new AuthenticationHeaderValue("Bearer", await key.Resource.GetValueAsync(context.CancellationToken)),
            GetCommandResult = async context =>
            {
                var text = await context.Response.Content.ReadAsStringAsync(context.CancellationToken);
                if (!context.Response.IsSuccessStatusCode)
                {
                    return CommandResults.Failure(Problem(text) ?? context.Response.ReasonPhrase);
                }

                var last = LastEvent(text);
                return last.TryGetProperty("problem", out var problem) && problem.GetString() is { } reason
                    ? CommandResults.Failure(reason, last.GetRawText(), CommandResultFormat.Json)
                    : CommandResults.Success(describe(last), last.GetRawText(), CommandResultFormat.Json);
            },
        };

    // An answer is one JSON object, or a stream of events of which the last says how it ended.
    private static JsonElement LastEvent(string text) =>
        JsonSerializer.Deserialize<JsonElement>(text.Split("data: ", StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "");

    private static string? Problem(string text)
    {
        try
        {
            return LastEvent(text).GetProperty("detail").GetString();
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
