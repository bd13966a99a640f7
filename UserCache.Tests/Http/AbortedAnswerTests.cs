using Microsoft.AspNetCore.Hosting;
using UserCache.ApiService;
using UserCache.ApiService.Users;

namespace UserCache.Tests.Http;

/// <summary>Answers that are bytes already, to clients that leave at the worst moment: when they are about to be written.</summary>
public sealed class AbortedAnswerTests
{
    private static readonly byte[] User = "{\"id\":1}"u8.ToArray();

    [Fact]
    public Task Client_that_leaves_before_a_user_is_written_is_no_error() =>
        AssertNoErrorAsync(context => CachedJson.WriteAsync(context.Response, User));

    [Fact]
    public Task Client_that_leaves_before_several_users_are_written_is_no_error() =>
        AssertNoErrorAsync(context => new CachedUsersJson([User, User], [2]).ExecuteAsync(context));

    private static async Task AssertNoErrorAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        await using var service = builder.Build();
        var answered = new TaskCompletionSource<Exception?>();
        service.Run(async context =>
        {
            context.Abort();
            // The connection is gone a moment before the request is told.
            context.RequestAborted = CancellationToken.None;
            answered.SetResult(await Record.ExceptionAsync(() => answer(context)));
        });
        await service.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("/"));

        Assert.Null(await answered.Task);
    }
}
