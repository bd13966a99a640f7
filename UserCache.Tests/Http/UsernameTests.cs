namespace UserCache.Tests.Http;

/// <summary>Which usernames there can be.</summary>
[Collection(AppGroup.Name)]
public sealed class UsernameTests(App app)
{
    [Theory]
    [InlineData(" ada", "The username must not begin or end with a blank.")]
    [InlineData("ada ", "must not begin or end with a blank")]
    [InlineData("\u00a0ada", "such as U+00A0")]
    [InlineData("ada\u3000", "such as U+3000")]
    [InlineData("ada\u2003lovelace", "such as U+2003")]
    [InlineData("ada\u200b", "not seen or turn the direction of text, such as U+200B")]
    [InlineData("ada\u200d", "such as U+200D")]
    [InlineData("\u00adada", "such as U+00AD")]
    [InlineData("\ufeffada", "such as U+FEFF")]
    [InlineData("\u202eada", "such as U+202E")]
    [InlineData("ada\u2066", "such as U+2066")]
    [InlineData("\u3164", "such as U+3164")]
    [InlineData("\u2800", "such as U+2800")]
    [InlineData("ada\u034f", "such as U+034F")]
    [InlineData("ada\ufe0f", "such as U+FE0F")]
    [InlineData("ada\u2028", "such as U+2028")]
    [InlineData("ada\ue000", "such as U+E000")]
    [InlineData("ada\uffff", "such as U+FFFF")]
    [InlineData("ada\ufffe", "such as U+FFFE")]
    [InlineData("ada\udb40\udc41", "such as U+E0041")]
    [InlineData("a\u0000", "must not contain control characters")]
    [InlineData("a\u0085", "must not contain control characters")]
    public async Task Username_that_looks_like_another_or_like_nothing_answers_400_that_says_why(string name, string saying)
    {
        var answer = await app.Users.PostAsync(new { username = name });

        answer.ShouldBeProblem(400, saying);
        Assert.DoesNotContain("Parameter", answer.Body, StringComparison.Ordinal);
        (await app.Users.PutAsync(1, new { username = name })).ShouldBeProblem(400, saying);
    }

    [Theory]
    [InlineData("Ada Lovelace")]
    [InlineData("Ünïcödé")]
    [InlineData("아다")]
    [InlineData("آدا")]
    [InlineData("அடா")]
    [InlineData("😀")]
    [InlineData("<\"ada'>")]
    public async Task Username_that_can_be_seen_is_taken_as_it_is(string name)
    {
        name = $"{name} {Guid.NewGuid():N}";

        Assert.Equal((201, name), await CreateAsync(name));
    }

    [Fact]
    public async Task Username_is_stored_composed_so_that_who_writes_it_decomposed_is_the_same()
    {
        var unique = Guid.NewGuid().ToString("N");
        var (composed, decomposed) = ($"\u00e9{unique}", $"e\u0301{unique}");

        var created = await app.Users.PostAsync(new { username = decomposed });

        Assert.Equal((201, composed), (created.Status, created.Username));
        (await app.Users.PostAsync(new { username = composed })).ShouldBeProblem(409, "is taken");
        var id = created.Data.GetProperty("id").GetInt64();
        Assert.Equal(composed, (await app.Users.PutAsync(id, new { username = decomposed })).Username);
    }

    [Fact]
    public async Task Length_counts_as_stored()
    {
        // Composed it is half as long; U+FB2C is three times as long.
        var decomposed = Guid.NewGuid().ToString("N") + string.Concat(Enumerable.Repeat("e\u0301", 32));
        Assert.Equal(201, (await app.Users.PostAsync(new { username = decomposed })).Status);
        (await app.Users.PostAsync(new { username = new string('\ufb2c', 22) }))
            .ShouldBeProblem(400, "The username has 66 characters; the limit is 64.");
    }

    [Fact]
    public async Task Row_with_a_name_that_would_not_be_taken_today_can_be_read()
    {
        var name = $" e\u0301\u200b{Guid.NewGuid():N} ";
        var id = await app.Database.ScalarAsync<long>("INSERT INTO users (username, email) VALUES ($1, $1) RETURNING id", name);

        var (miss, hit) = (await app.Users.GetAsync(id), await app.Users.GetHitAsync(id));

        Assert.Equal((200, name, miss.Body), (miss.Status, miss.Username, hit.Body));
        Assert.Equal(name, (await app.Users.GetManyAsync(id)).Data[0].GetProperty("username").GetString());
        var page = await app.Users.GetAsync($"{UsersClient.Path}?after={id - 1}&limit=1");
        Assert.Equal(name, page.Data[0].GetProperty("username").GetString());
        Assert.Equal(200, (await app.Users.PutAsync(id, new { username = UsersClient.NewName() })).Status);
    }

    [Theory]
    [InlineData("a\u202e@example.com", "The email must not contain characters that are not seen")]
    [InlineData(" a@example.com", "The email must not begin or end with a blank.")]
    public async Task Email_is_held_to_the_same(string email, string saying) =>
        (await app.Users.PostAsync(new { username = UsersClient.NewName(), email })).ShouldBeProblem(400, saying);

    [Fact]
    public async Task OpenApi_document_says_which_usernames_there_can_be()
    {
        var document = (await app.Users.GetAsync("/openapi/v1.json")).Json;
        var input = document.GetProperty("components").GetProperty("schemas").GetProperty("UserInput");

        var username = input.GetProperty("properties").GetProperty("username").GetProperty("description").GetString();
        Assert.Contains("composed form (NFC)", username, StringComparison.Ordinal);
        Assert.Contains("RFC 8265", username, StringComparison.Ordinal);
        Assert.False(input.GetProperty("additionalProperties").GetBoolean());
    }

    private async Task<(int Status, string? Username)> CreateAsync(string name)
    {
        var answer = await app.Users.PostAsync(new { username = name });
        return (answer.Status, answer.Status == 201 ? answer.Username : answer.Body);
    }
}
