using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using UserCache.Tests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>The console without a mouse.</summary>
[Collection(ConsoleGroup.Name)]
public sealed class KeyboardTests(App app, Browser browser, ConsoleReplica console) : PageTests(app, browser), IClassFixture<ConsoleReplica>
{
    [Fact]
    public async Task Tab_reaches_every_control_in_order_and_Enter_or_Space_operates_it()
    {
        var id = await console.Fleet.AddUserAsync();
        var page = await OpenAsync(console.Url);
        var keys = page.Keyboard;

        await TabToAsync(page, page.GetByRole(AriaRole.Link, new() { Name = "Skip to the lookup" }));
        await TabToAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Help" }));
        await TabToAsync(page, page.GetByRole(AriaRole.Region, new() { Name = "Timeline" }));

        await TabToAsync(page, page.GetByTestId("lookup-id"));
        await keys.TypeAsync(id.ToString(CultureInfo.InvariantCulture));
        await keys.PressAsync("Enter");
        await Expect(page.History()).ToHaveCountAsync(1);
        await page.AnsweredAsync();

        await TabToAsync(page, page.GetByTestId("lookup-button"));
        await keys.PressAsync("Space");
        await Expect(page.History()).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("lookup-button")).ToBeFocusedAsync();

        await TabToAsync(page, page.GetByTestId("lookup-trace").GetByRole(AriaRole.Link));
        await TabToAsync(page, page.GetByTestId("burst-button"));
        await keys.PressAsync("Enter");
        await Expect(page.GetByTestId("burst-result")).ToContainTextAsync("1 reached the database");
        await Expect(page.GetByTestId("burst-button")).ToBeFocusedAsync();

        await TabToAsync(page, page.GetByTestId("edit-username"));
        await keys.TypeAsync(UsersClient.NewName());
        await TabToAsync(page, page.GetByTestId("edit-email"));
        await keys.TypeAsync("ada@example.com");
        await TabToAsync(page, page.GetByTestId("edit-save"));
        await keys.PressAsync("Space");
        await Expect(page.GetByTestId("edit-result")).ToContainTextAsync("Read 2: hit");
        await Expect(page.GetByTestId("edit-save")).ToBeFocusedAsync();

        foreach (var link in await page.GetByTestId("edit-result").GetByRole(AriaRole.Link).AllAsync())
        {
            await TabToAsync(page, link);
        }
    }

    [Fact]
    public async Task Skip_link_leads_to_the_lookup_and_help_opens_by_button_and_by_key_and_gives_the_focus_back()
    {
        var page = await OpenAsync(console.Url);
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to the lookup" })).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("lookup-id")).ToBeFocusedAsync();

        var (help, button) = (page.GetByTestId("help-dialog"), page.GetByRole(AriaRole.Button, new() { Name = "Help" }));

        await button.PressAsync("Enter");
        await Expect(help).ToBeVisibleAsync();
        await Expect(help.GetByRole(AriaRole.Button, new() { Name = "Close" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Space");
        await Expect(help).ToBeHiddenAsync();
        await Expect(button).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("?");
        await Expect(help).ToBeVisibleAsync();
        // No shortcut works behind it.
        await page.Keyboard.PressAsync("b");
        await page.Keyboard.PressAsync("Escape");
        await Expect(help).ToBeHiddenAsync();
        await Expect(button).ToBeFocusedAsync();
        await Expect(page.GetByTestId("burst-result")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task Shortcuts_go_to_the_lookup_and_fire_a_burst_but_not_while_typing()
    {
        var id = await console.Fleet.AddUserAsync();
        var page = await OpenAsync(console.Url);
        await page.LookUpAsync(id);
        await page.GetByTestId("edit-username").PressAsync("End");
        await page.Keyboard.TypeAsync("/b?");
        await Expect(page.GetByTestId("edit-username")).ToHaveValueAsync(new Regex(@"/b\?$"));
        await Expect(page.GetByTestId("burst-result")).ToBeEmptyAsync();
        await Expect(page.GetByTestId("help-dialog")).ToBeHiddenAsync();

        await page.GetByTestId("edit-save").FocusAsync();
        await page.Keyboard.PressAsync("b");
        await Expect(page.GetByTestId("burst-result")).ToContainTextAsync("1 reached the database");

        await page.Keyboard.PressAsync("/");
        await Expect(page.GetByTestId("lookup-id")).ToBeFocusedAsync();
        // What is there is selected, so that typing replaces it.
        await page.Keyboard.TypeAsync("7");
        await Expect(page.GetByTestId("lookup-id")).ToHaveValueAsync("7");
    }

    private static async Task TabToAsync(IPage page, ILocator next)
    {
        await page.Keyboard.PressAsync("Tab");
        await Expect(next).ToBeFocusedAsync();
        await Expect(next).ToHaveCSSAsync("outline-style", "solid");
    }
}
