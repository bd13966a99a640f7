namespace UserCache.Tests.Security;

/// <summary>The SDK's own tokens for development.</summary>
[Collection(OperationsGroup.Name)]
public sealed class UserJwtsTests(App app)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Token_of_dotnet_user_jwts_lets_write_in_development_and_without_one_nobody_may()
    {
        // What the tool changes: copies of the project's files, and the secrets of a home of their own.
        var folder = app.Data.Create($"user-jwts-{Guid.NewGuid():N}");
        foreach (var name in (string[])["UserCache.ApiService.csproj", "appsettings.json", "appsettings.Development.json"])
        {
            File.Copy(Path.Combine(Repository.Root, "UserCache.ApiService", name), Path.Combine(folder, name));
        }

        Directory.CreateDirectory(Path.Combine(folder, "Properties"));
        File.Copy(
            Path.Combine(Repository.Root, "UserCache.ApiService", "Properties", "launchSettings.json"),
            Path.Combine(folder, "Properties", "launchSettings.json"));
        var token = await CreateAsync(folder);
        await using var api = new ApiServer(FreePort.Next(), App.Settings(
            app.Redis.ConnectionString, await app.NewDatabaseAsync(),
            ("ASPNETCORE_ENVIRONMENT", "Development"), ("ASPNETCORE_CONTENTROOT", folder), ("HOME", folder)));
        await api.StartAsync();
        await Health.WaitAsync(api.Url);
        using var users = new UsersClient(api.Url);
        var body = new { username = UsersClient.NewName() };

        (await users.PostAsync(body)).ShouldBeProblem(401, "This call needs a valid token");

        Assert.Equal(201, (await users.PostAsync(body, ("Authorization", $"Bearer {token}"))).Status);
    }

    private static async Task<string> CreateAsync(string folder)
    {
        var (status, output, error) = await Tool.CallAsync(Limit, new ProcessSpec(
            "dotnet", "user-jwts", "create", "--scope", "users.write", "--output", "token", "--project", folder)
        {
            Environment = new Dictionary<string, string>
            {
                ["HOME"] = folder, ["DOTNET_CLI_HOME"] = folder, ["DOTNET_NOLOGO"] = "true",
            },
        });
        Assert.True(status == 0, $"{output}{error}");
        return output.Trim();
    }
}
