using Microsoft.Playwright;

namespace UserCache.Tests.Console;

/// <summary>Whether everything on the page has a place of its own.</summary>
internal static class PageLayout
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    // Text line by line, and the frames of what has one. What is drawn in a chart and what only screen readers see is left out;
    // what a scrolling box has scrolled away is cut off.
    private const string Faults = """
        () => {
          const faults = [];
          const boxes = [];
          const add = (node, { left, right, top, bottom }, name) => {
            const frame = node.closest('.scroll')?.getBoundingClientRect() ?? { top, bottom };
            boxes.push({ node, name, left, right, top: Math.max(top, frame.top), bottom: Math.min(bottom, frame.bottom) });
          };
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const text = texts.currentNode;
            const node = text.parentElement;
            if (text.data.trim() !== '' && node.checkVisibility() && !node.closest('.unseen, .skip, .plot')) {
              const range = document.createRange();
              range.selectNodeContents(text);
              [...range.getClientRects()].forEach(rect => add(node, rect, `"${text.data.trim()}"`));
            }
          }
          for (const node of document.querySelectorAll('button, input, .plot, .card, .status, #tiles > div')) {
            if (node.checkVisibility()) {
              add(node, node.getBoundingClientRect(), `<${node.tagName.toLowerCase()} class="${node.className}" id="${node.id}">`);
            }
          }

          // A pixel is lost in rounding.
          const overlap = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
            && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
          boxes.forEach((one, index) => boxes.slice(index + 1).forEach(other => {
            if (!one.node.contains(other.node) && !other.node.contains(one.node) && overlap(one, other)) {
              faults.push(`${one.name} overlaps ${other.name}`);
            }
          }));
          for (const box of boxes) {
            const frame = box.node.parentElement.closest('.card, .status, #tiles > div, button, main')?.getBoundingClientRect();
            if (frame && box.bottom > box.top
              && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)) {
              faults.push(`${box.name} sticks out of its frame`);
            }
          }

          const { scrollWidth, clientWidth } = document.scrollingElement;
          return scrollWidth > clientWidth ? [...faults, `The page is ${scrollWidth} px wide, the window ${clientWidth}.`] : faults;
        }
        """;

    /// <summary>Charts take their new size a moment after the window.</summary>
    public static Task BecomesTidyAsync(IPage page) => Eventually.GetAsync(
        async () => string.Join('\n', await page.EvaluateAsync<string[]>(Faults)), faults => faults.Length == 0, Limit);
}
