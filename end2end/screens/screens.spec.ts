// Writes screens/{page}-{width}[-dark].png at the top of the repository. Checks nothing.
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { SIGHTS } from "../support/pages.js";
import { test } from "../support/test.js";

const ALSO_DARK = ["home", "product", "cart", "checkout", "checkout-errors", "checkout-unreachable", "order", "ordered-already", "login", "order-on-its-way", "desk-orders", "desk-order", "desk-order-parcel", "desk-couriers", "desk-codes-plan", "desk-webhooks"];

test.use({ contextOptions: { reducedMotion: "reduce" } });

/** Brings every picture of the page into it: those far down are loaded late. */
async function loadPictures(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const pictures = [...document.images];
    for (const picture of pictures) picture.loading = "eager";
    await Promise.all(pictures.map((picture) => picture.decode().catch(() => undefined)));
  });
}

for (const sight of SIGHTS) test.describe(() => {
  test.use({ ownShop: sight.ownShop ?? false });

  test(sight.name, async ({ page, shop, watch }, info) => {
    test.slow(sight.ownShop ?? false);
    for (const problem of sight.foreseen ?? []) watch.foresee(problem);
    await sight.open(page, shop);
    await loadPictures(page);
    const schemes = ALSO_DARK.includes(sight.name) ? (["light", "dark"] as const) : (["light"] as const);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      const name = colorScheme === "dark" ? `${sight.name}-${info.project.name}-dark` : `${sight.name}-${info.project.name}`;
      await page.screenshot({ path: join(info.config.rootDir, "../../screens", `${name}.png`), fullPage: true });
    }
  });
});
