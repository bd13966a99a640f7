using System.Text.RegularExpressions;
using Microsoft.Playwright;
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

        await TabToAsync(SkipLink(page), page.HelpButton, page.GetByRole(AriaRole.Region, new() { Name = "Timeline" }), page.LookupId);
        await keys.TypeAsync($"{id}");
        await keys.PressAsync("Enter");
        await Expect(page.History).ToHaveCountAsync(1);
        await page.AnsweredAsync();

        await TabToAsync(page.LookupButton);
        await keys.PressAsync("Space");
        await Expect(page.History).ToHaveCountAsync(2);
        await Expect(page.LookupButton).ToBeFocusedAsync();

        await TabToAsync(page.TraceLink, page.BurstButton);
        await keys.PressAsync("Enter");
        await Expect(page.BurstResult).ToContainTextAsync("1 reached the database");
        await Expect(page.BurstButton).ToBeFocusedAsync();

        await TabToAsync(page.Username);
        await keys.TypeAsync(UsersClient.NewName());
        await TabToAsync(page.Email);
        await keys.TypeAsync("ada@example.com");
        await TabToAsync(page.Save);
        await keys.PressAsync("Space");
        await Expect(page.EditResult).ToContainTextAsync("Read 2: hit");
        await Expect(page.Save).ToBeFocusedAsync();

        await TabToAsync([.. await page.EditResult.GetByRole(AriaRole.Link).AllAsync()]);
    }

    [Fact]
    public async Task Skip_link_leads_to_the_lookup_and_help_opens_by_button_and_by_key_and_gives_the_focus_back()
    {
        var page = await OpenAsync(console.Url);
        await page.Keyboard.PressAsync("Tab");
        await Expect(SkipLink(page)).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.LookupId).ToBeFocusedAsync();

        await page.HelpButton.PressAsync("Enter");
        await Expect(page.Help).ToBeVisibleAsync();
        await Expect(page.Help.GetByRole(AriaRole.Button, new() { Name = "Close" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Space");
        await Expect(page.Help).ToBeHiddenAsync();
        await Expect(page.HelpButton).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("?");
        await Expect(page.Help).ToBeVisibleAsync();
        // No shortcut works behind it.
        await page.Keyboard.PressAsync("b");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Help).ToBeHiddenAsync();
        await Expect(page.HelpButton).ToBeFocusedAsync();
        await Expect(page.BurstResult).ToBeEmptyAsync();
    }

    [Fact]
    public async Task Shortcuts_go_to_the_lookup_and_fire_a_burst_but_not_while_typing()
    {
        var (page, _) = await OpenAtUserAsync(console);
        await page.Username.PressAsync("End");
        await page.Keyboard.TypeAsync("/b?");
        await Expect(page.Username).ToHaveValueAsync(new Regex(@"/b\?$"));
        await Expect(page.BurstResult).ToBeEmptyAsync();
        await Expect(page.Help).ToBeHiddenAsync();

        await page.Save.FocusAsync();
        await page.Keyboard.PressAsync("b");
        await Expect(page.BurstResult).ToContainTextAsync("1 reached the database");

        await page.Keyboard.PressAsync("/");
        await Expect(page.LookupId).ToBeFocusedAsync();
        // What is there is selected, so that typing replaces it.
        await page.Keyboard.TypeAsync("7");
        await Expect(page.LookupId).ToHaveValueAsync("7");
    }

    private static ILocator SkipLink(IPage page) => page.GetByRole(AriaRole.Link, new() { Name = "Skip to the lookup" });

    private static async Task TabToAsync(params ILocator[] controls)
    {
        foreach (var next in controls)
        {
            await next.Page.Keyboard.PressAsync("Tab");
            await Expect(next).ToBeFocusedAsync();
            await Expect(next).ToHaveCSSAsync("outline-style", "solid");
        }
    }
}
