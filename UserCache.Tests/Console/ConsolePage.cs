using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace UserCache.Tests.Console;

/// <summary>What is on the console, and what people do with it.</summary>
internal static class ConsolePage
{
    extension(IPage page)
    {
        public ILocator Headline => page.GetByTestId("headline");
        public ILocator Gate => page.GetByTestId("tile-gate");

        public ILocator LookupId => page.GetByTestId("lookup-id");
        public ILocator LookupButton => page.GetByTestId("lookup-button");
        public ILocator LookupSummary => page.GetByTestId("lookup-summary");
        public ILocator LookupStatus => page.GetByTestId("lookup-status");
        public ILocator CacheStatus => page.GetByTestId("lookup-cache-status");
        public ILocator TraceLink => page.GetByTestId("lookup-trace").GetByRole(AriaRole.Link);

        /// <summary>The last lookups, newest first.</summary>
        public ILocator History => page.Locator("#lookup-history tbody tr");

        public ILocator BurstButton => page.GetByTestId("burst-button");
        public ILocator BurstResult => page.GetByTestId("burst-result");

        public ILocator Username => page.GetByTestId("field-username");
        public ILocator Email => page.GetByTestId("field-email");
        public ILocator Save => page.GetByTestId("edit-save");
        public ILocator EditResult => page.GetByTestId("edit-result");

        public ILocator HelpButton => page.GetByRole(AriaRole.Button, new() { Name = "Help" });
        public ILocator Help => page.GetByTestId("help-dialog");

        /// <summary>What happened, of one kind.</summary>
        public ILocator Events(string kind) => page.GetByTestId("events").Locator($"[data-kind={kind}]");

        /// <summary>Looks a user up, and waits for the answer.</summary>
        public Task LookUpAsync(long id) => page.LookUpAsync($"{id}");

        public async Task LookUpAsync(string id)
        {
            await page.LookupId.FillAsync(id);
            await page.LookupButton.ClickAsync();
            await page.AnsweredAsync();
        }

        /// <summary>Fires a burst, and waits for what came of it.</summary>
        public async Task BurstAsync()
        {
            await page.BurstButton.ClickAsync();
            await page.AnsweredAsync();
            await Expect(page.BurstResult).ToContainTextAsync("reached the database");
        }

        public async Task SaveAsync(string username, string email)
        {
            await page.Username.FillAsync(username);
            await page.Email.FillAsync(email);
            await page.Save.ClickAsync();
        }

        /// <summary>Waits until no call of a panel is under way.</summary>
        public Task AnsweredAsync() => Expect(page.Locator("[aria-busy]")).ToHaveCountAsync(0);
    }
}
