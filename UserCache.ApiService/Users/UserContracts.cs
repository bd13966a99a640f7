using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace UserCache.ApiService.Users;

/// <summary>A user as clients see it.</summary>
/// <param name="Id">Given by the database.</param>
/// <param name="Username">Unique; 1 to 64 characters.</param>
/// <param name="Email">Optional.</param>
/// <param name="CreatedAt">When the user was created.</param>
/// <param name="UpdatedAt">When the user last changed.</param>
/// <param name="Version">Grows by one with each change; also the ETag.</param>
internal sealed record UserData(long Id, string Username, string? Email, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version)
{
    public static UserData From(User user) => new(user.Id, user.Username, user.Email, user.CreatedAt, user.UpdatedAt, user.Version);
}

/// <summary>One user.</summary>
internal sealed record UserResponse(UserData Data);

/// <summary>The users that were asked for by id, and the ids that no user has.</summary>
internal sealed record UserBatchResponse(IReadOnlyList<UserData> Data, IReadOnlyList<long> Missing);

/// <summary>Users in the order of their ids, and the id to ask after for the next page; none on the last.</summary>
internal sealed record UserPageResponse(IReadOnlyList<UserData> Data, long? Next);

/// <summary>What a client sends to create a user or to replace one.</summary>
/// <param name="Username">
/// Unique; 1 to 64 characters in Unicode's composed form (NFC), in which it is stored. None of them is a control character, is not seen, or
/// turns the direction of text; the only blank is the space, and not at the ends (as RFC 8265, UsernameCasePreserved, but with symbols).
/// </param>
/// <param name="Email">Optional; at most 254 characters, of the same kind.</param>
/// <remarks>Public, because the validation that the compiler generates passes internal types over.</remarks>
public sealed record UserInput(
    [Required(AllowEmptyStrings = true, ErrorMessage = "The username is required."), Username, VisibleText] string Username,
    [EmailAddress(ErrorMessage = "The email must look like name@example.com."),
        StringLength(UserInput.MaxEmailLength, ErrorMessage = "The email must have {1} characters at most."), VisibleText]
    string? Email)
{
    public const int MaxEmailLength = 254;
}

/// <summary>Serializers made at compile time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(UserData))]
[JsonSerializable(typeof(UserInput))]
[JsonSerializable(typeof(UserResponse))]
[JsonSerializable(typeof(UserBatchResponse))]
[JsonSerializable(typeof(UserPageResponse))]
internal sealed partial class UsersJsonContext : JsonSerializerContext;
