using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>The console's form that changes a user.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class EditTests(App app, Browser browser, ConsoleReplica console) : PageTests(app, browser), IClassFixture<ConsoleReplica>
{
    [Fact]
    public async Task Saved_change_is_missed_once_and_then_hit()
    {
        var (page, id) = await OpenAtUserAsync(console);
        var name = UsersClient.NewName();

        await page.SaveAsync(name, "ada@example.com");

        var steps = page.EditResult.GetByRole(AriaRole.Listitem);
        await Expect(steps).ToContainTextAsync(["Saved as version 2", "Read 1: miss, from PostgreSQL", "Read 2: hit, from Redis"]);
        await Expect(steps.GetByRole(AriaRole.Link)).ToHaveCountAsync(3);
        await Expect(page.GetByTestId("edit-version")).ToHaveTextAsync("2");
        await Expect(page.GetByTestId("lookup-json")).ToContainTextAsync(name);
        var saved = await console.Users.GetAsync(id);
        Assert.Equal((name, "ada@example.com", true), (saved.Username, saved.Data.GetProperty("email").GetString(), saved.IsHit));
    }

    [Fact]
    public async Task Form_has_a_field_for_each_text_and_number_but_those_that_the_database_sets_and_an_empty_one_is_saved_as_null()
    {
        var (page, id) = await OpenAtUserAsync(console);
        await Expect(page.Locator("#edit-fields label")).ToHaveTextAsync(["username", "email"]);
        var name = await page.Username.InputValueAsync();
        await page.SaveAsync(name, "ada@example.com");
        await Expect(page.EditResult).ToContainTextAsync("Read 2");

        await page.SaveAsync(name, "");
        await Expect(page.GetByTestId("edit-version")).ToHaveTextAsync("3");

        Assert.Equal(JsonValueKind.Null, (await console.Users.GetAsync(id)).Data.GetProperty("email").ValueKind);
    }

    [Fact]
    public async Task User_whose_id_a_browser_would_round_is_the_one_that_is_changed()
    {
        const long Id = 9_007_199_254_740_993;
        await console.Fleet.Database.ExecuteAsync(
            "INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE SELECT id, 'large-' || id FROM unnest($1) AS id",
            new[] { Id - 1, Id });
        var page = await OpenAsync(console.Url);
        await page.LookUpAsync(Id);
        await Expect(page.GetByTestId("edit-id")).ToHaveTextAsync($"{Id}");
        await Expect(page.GetByTestId("lookup-json")).ToContainTextAsync($"\"id\": {Id},");

        await page.SaveAsync("larger", "");

        await Expect(page.EditResult).ToContainTextAsync("Read 2");
        Assert.Equal("larger", (await console.Users.GetAsync(Id)).Username);
        Assert.Equal($"large-{Id - 1}", (await console.Users.GetAsync(Id - 1)).Username);
    }

    [Fact]
    public async Task Refused_change_says_why_beside_its_field_and_what_was_typed_stays()
    {
        CallsMayFailWith("400", "409");
        var taken = UsersClient.NewName();
        await console.Fleet.AddUserAsync(taken);
        var (page, id) = await OpenAtUserAsync(console);

        await page.SaveAsync(await page.Username.InputValueAsync(), "no address");

        await Expect(page.EditResult).ToContainTextAsync("Not saved (400).");
        await Expect(page.GetByTestId("error-email")).ToContainTextAsync("must look like name@example.com");
        await Expect(page.Email).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.GetByTestId("error-username")).ToBeHiddenAsync();

        await page.SaveAsync(taken, "");

        await Expect(page.EditResult).ToHaveTextAsync(
            $"Not saved (409). The username \"{taken}\" is taken. Correct it and save again.");
        await Expect(page.Username).ToHaveValueAsync(taken);
        Assert.NotEqual(taken, (await console.Users.GetAsync(id)).Username);
    }

    [Fact]
    public async Task User_whom_someone_else_has_changed_meanwhile_is_not_overwritten()
    {
        CallsMayFailWith("412");
        var (page, id) = await OpenAtUserAsync(console);
        await console.Fleet.UpdateBySqlAsync(id);
        await console.Fleet.RelayedAsync();

        await page.SaveAsync(UsersClient.NewName(), "");

        await Expect(page.EditResult).ToContainTextAsync("Someone else has changed it meanwhile; nothing was saved.");

        await page.GetByRole(AriaRole.Button, new() { Name = "Look up again" }).ClickAsync();

        await Expect(page.GetByTestId("edit-version")).ToHaveTextAsync("2");
        await Expect(page.Username).ToHaveValueAsync((await console.Users.GetAsync(id)).Username!);
        await Expect(page.Username).ToBeFocusedAsync();
        await Expect(page.EditResult).ToBeEmptyAsync();
    }
}
