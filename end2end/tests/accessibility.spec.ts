// Everybody can use every page: what axe finds on a phone and on a wide screen, in both colour schemes.
// Getting to a page takes most of the time, so all of that is looked at in one visit.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { SIGHTS } from "../support/pages.js";
import { expect, test } from "../support/test.js";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The width of a page at 400 % zoom, and of the smallest phones. */
const NARROW_PX = 320;
const DESKTOP = { width: 1280, height: 800 };

test.use({ contextOptions: { reducedMotion: "reduce" } });

/** What axe finds; `only` limits it to one rule. Our pages have no frames, so the simple mode will do. */
async function axe(page: Page, only?: string): Promise<string[]> {
  const builder = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (only ? builder.withRules(only) : builder.withTags(RULES)).analyze();
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html} — ${node.failureSummary}`));
}

for (const sight of SIGHTS) test.describe(() => {
  test.use({ ownShop: sight.ownShop ?? false });

  test(`${sight.name}: axe finds nothing, light or dark, and nothing scrolls sideways`, async ({ page, shop, watch }) => {
    test.slow(sight.ownShop ?? false);
    for (const problem of sight.foreseen ?? []) watch.foresee(problem);
    await sight.open(page, shop);
    expect(await axe(page), "in the light, on a phone").toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    // Only the colours are different.
    expect(await axe(page, "color-contrast"), "in the dark").toEqual([]);
    const { height } = page.viewportSize() ?? { height: 800 };
    await page.setViewportSize({ width: NARROW_PX, height });
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(widths[0], "no wider than the screen").toBeLessThanOrEqual(widths[1]);
    await page.setViewportSize(DESKTOP);
    expect(await axe(page, "color-contrast"), "in the dark, on a wide screen").toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await axe(page), "in the light, on a wide screen").toEqual([]);
  });
});
