import { SIGHTS } from "../support/pages.js";
import { test } from "../support/test.js";
const sight = SIGHTS.find((s) => s.name === "desk-webhooks")!;
test("tmp", async ({ page, shop, watch }) => {
  page.on("pageerror", (e) => console.log("PAGEERROR", page.url(), e.message, e.stack));
  page.on("request", (r) => console.log(Date.now() % 100000, r.method(), r.url().slice(0, 120)));
  await page.addInitScript(() => { (Error as any).stackTraceLimit = 60; });
  await sight.open(page, shop);
  await page.waitForTimeout(50);
  for (const colorScheme of ["light", "dark"] as const) { await page.emulateMedia({ colorScheme }); await page.screenshot({ path: "/tmp/look/x.png", fullPage: true }); }
});
