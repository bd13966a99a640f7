using UserCache.ApiService.Security;

namespace UserCache.ApiService.Users;

/// <summary>The users' calls.</summary>
internal static class UsersApi
{
    public const string Path = "/api/v1/users";

    /// <summary>The name of their cache.</summary>
    public const string Cache = "users";

    public static IEndpointRouteBuilder MapUsersApi(this IEndpointRouteBuilder endpoints)
    {
        var users = endpoints.MapGroup(Path).WithTags("Users")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        var access = endpoints.ServiceProvider.GetRequiredService<Access>();
        // Made once, and not before the first request: it is the start's own check that says how Redis is.
        var read = new Lazy<UserRead>(() => ActivatorUtilities.CreateInstance<UserRead>(endpoints.ServiceProvider));
        var getUser = (string id, HttpContext context) => read.Value.GetUser(id, context);
        users.MapGet("/{id}", getUser)
            .WithName("GetUser").WithSummary("One user, through the cache")
            .Produces<UserResponse>().Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .OnHitPath(access);
        // The server leaves the body out.
        users.MapMethods("/{id}", [HttpMethods.Head], getUser).OnHitPath(access).ExcludeFromDescription();
        users.MapMethods("", [HttpMethods.Head], UserReads.ListUsers)
            .RequireScope(Scopes.Read, access.ProtectsReads).ExcludeFromDescription();

        users.MapGet("", UserReads.ListUsers)
            .WithName("ListUsers").WithSummary("Up to 100 users by ids, through the cache; or a page of all users, from the database")
            .Produces(StatusCodes.Status304NotModified).ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .RequireScope(Scopes.Read, access.ProtectsReads);

        users.MapPost("", UserWrites.CreateUser)
            .RequireScope(Scopes.Write, access.ProtectsWrites)
            .WithName("CreateUser").WithSummary("Create a user")
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        users.MapPut("/{id}", UserWrites.ReplaceUser)
            .RequireScope(Scopes.Write, access.ProtectsWrites)
            .WithName("ReplaceUser").WithSummary("Replace a user; If-Match guards against overwriting someone's change")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        users.MapDelete("/{id}", UserWrites.DeleteUser)
            .RequireScope(Scopes.Write, access.ProtectsWrites)
            .WithName("DeleteUser").WithSummary("Delete a user")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        return endpoints;
    }

    // Nothing is on the way of a hit that only other calls need: it answers its own errors, and there is nothing to validate. Who needs a
    // token for it goes the way of the others.
    private static IEndpointConventionBuilder OnHitPath(this RouteHandlerBuilder call, Access access)
    {
        call.DisableValidation();
        return access.ProtectsReads ? call.RequireScope(Scopes.Read, isProtected: true) : call.ShortCircuit();
    }
}
