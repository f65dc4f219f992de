// Everything can be reached and done by keyboard alone.
import type { Page } from "@playwright/test";
import { pageIsLive } from "../support/desk.js";
import { ASHA, addToCart, deskIsReady, orderPage } from "../support/journey.js";
import { SIGHTS } from "../support/pages.js";
import { expect, test } from "../support/test.js";

/** A name for the element that has the focus, the same as `controls` gives it. */
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("data-stop") ?? "");

/** Marks everything that Tab must reach, in the order of the document; a group of radios is one stop. */
function controls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const candidates = document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary");
    const stops: string[] = [];
    for (const control of candidates) {
      if (control.matches(":disabled, [type=hidden]") || !control.checkVisibility()) continue;
      if (control instanceof HTMLInputElement && control.type === "radio" && !control.checked) continue;
      const words = control.getAttribute("aria-label") ?? control.getAttribute("name") ?? control.innerText.trim();
      const stop = `${stops.length} ${control.localName} ${words}`;
      control.setAttribute("data-stop", stop);
      stops.push(stop);
    }
    return stops;
  });
}

for (const name of ["home", "product", "cart", "checkout", "order", "ordered-already", "login", "track", "desk-orders", "desk-order", "desk-couriers"]) {
  test(`${name}: Tab reaches every control in order, first of all the way past the header`, async ({ page, shop }) => {
    await SIGHTS.find((sight) => sight.name === name)?.open(page, shop);
    if (await page.locator('leptos-island[data-props*="/events"]').count()) await pageIsLive(page);
    // Whatever was clicked on the way there: Tab begins at the top.
    await page.evaluate(() => {
      window.getSelection()?.removeAllRanges();
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
    });
    const expected = await controls(page);
    const reached: string[] = [];
    for (const _ of expected) {
      await page.keyboard.press("Tab");
      reached.push(await focused(page));
    }
    expect(reached).toEqual(expected);
    expect(reached[0]).toContain("Skip to content");
  });
}

test("the way past the header leads into the page's content", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Tab");
  const inMain = await page.evaluate(() => document.querySelector("main")?.contains(document.activeElement));
  expect(inMain, "the next stop is in the content").toBe(true);
});

test("an order is placed by keyboard alone", async ({ page, shop }) => {
  await addToCart(page, await shop.product("mumbai"));
  await page.getByRole("link", { name: "Checkout via WhatsApp" }).press("Enter");
  await deskIsReady(page);
  await page.getByLabel("Full name").focus();
  for (const text of [ASHA.name, ASHA.phone, "", ASHA.line1, "", "", ASHA.city, "", ASHA.pincode]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await expect(page.getByLabel("Country")).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "Agree in WhatsApp" })).toBeChecked();
  await page.keyboard.press("Tab");
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await orderPage(page);
});
