using Microsoft.AspNetCore.Diagnostics;
using UserCache.Caching;

namespace UserCache.ApiService.Users;

/// <summary>
/// The call that reads one user: the way of every hit. It goes from routing straight to the connection, past all that other calls have
/// around them, and writes to the response itself.
/// </summary>
internal sealed partial class UserRead(
    [FromKeyedServices(UsersApi.Cache)] CacheAside users, IExceptionHandler failures, ILogger<UserRead> logger)
{
    public async Task GetUser(string id, HttpContext context)
    {
        AnswerHeaders.Set(context.Response.Headers);
        if (!UserIds.TryParse(id, out var user))
        {
            await UserProblems.NoUserId(id).ExecuteAsync(context);
            return;
        }

        try
        {
            await AnswerAsync(user, await users.GetAsync(user, context.RequestAborted), context);
        }
        catch (Exception failure)
        {
            if (!await failures.TryHandleAsync(context, failure, context.RequestAborted))
            {
                throw;
            }
        }
    }

    private Task AnswerAsync(long id, in CacheResult result, HttpContext context)
    {
        if (result.IsHit)
        {
            Log.UsingTheCache(logger, id);
        }
        else
        {
            Log.UsingTheDatabase(logger, id);
        }

        CacheStatusHeader.Append(context.Response, result);
        RequestSpan.SetOutcome(context, result);
        if (!result.Payload.Exists)
        {
            return UserProblems.NotFound(id).ExecuteAsync(context);
        }

        var tag = EntityTags.For(result.Payload.Version);
        context.Response.Headers.ETag = tag;
        return Preconditions.AreIn(context.Request) && Check(id, context.Request, tag) is { } answer
            ? answer.ExecuteAsync(context)
            : CachedJson.WriteAsync(context.Response, result.Payload.Body);
    }

    private static IResult? Check(long id, HttpRequest request, string tag) =>
        !Preconditions.TryRead(request, out var conditions, out var unreadable) ? UserProblems.Unreadable(unreadable)
        : conditions.FailedAt(tag) switch
        {
            null => null,
            Preconditions.IfNoneMatch => TypedResults.StatusCode(StatusCodes.Status304NotModified),
            var header => UserProblems.Changed(id, header),
        };

    private static partial class Log
    {
        [LoggerMessage(EventId = 200, Level = LogLevel.Debug, Message = "User {Id}: using the cache.")]
        public static partial void UsingTheCache(ILogger logger, long id);

        [LoggerMessage(EventId = 201, Level = LogLevel.Debug, Message = "User {Id}: using the database.")]
        public static partial void UsingTheDatabase(ILogger logger, long id);
    }
}
