// A cart that was ordered is not ordered a second time by accident, and can be on purpose.
import type { Page } from "@playwright/test";
import { ASHA, addToCart, fillIn, openCheckout, orderUrl, sendButton, typedInto } from "../support/journey.js";
import { expect, test } from "../support/test.js";

const heading = (page: Page) => page.getByRole("heading", { level: 1 });

/** Orders what the page's form shows, as if by this browser, which never sees the answer. */
async function orderUnseen(page: Page): Promise<void> {
  const cookies = (await page.context().cookies()).map((cookie) => `${cookie.name}=${cookie.value}`);
  const answer = await fetch(page.url(), {
    method: "POST",
    body: new URLSearchParams(await typedInto(page)),
    headers: { cookie: cookies.join("; ") },
    redirect: "manual",
  });
  expect(answer.status).toBe(303);
}

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("a used key with other contents offers the order, and to order again, which makes a second one", async ({ page, shop, watch }) => {
    watch.foresee(/POST \/checkout 409/);
    const before = await shop.orderCount();
    await addToCart(page, await shop.product("mumbai"));
    await openCheckout(page, { script: false });
    await fillIn(page, ASHA);
    await orderUnseen(page);
    const used = (await typedInto(page)).key;

    await page.getByLabel("Full name").fill("Somebody Else");
    await sendButton(page).click();
    await expect(heading(page)).toContainText(/^You ordered this already: [A-Z]{2,5}-/);
    const reference = (await heading(page).innerText()).replace("You ordered this already: ", "");
    await page.getByRole("link", { name: "View this order" }).click();
    await expect(page).toHaveURL(orderUrl);
    await expect(page.getByRole("main")).toContainText(reference);

    await page.goto("/checkout");
    await expect(heading(page)).toContainText(reference);
    expect(await shop.orderCount()).toBe(before + 1);
    await page.getByRole("button", { name: "Order again" }).click();
    await expect(heading(page)).toHaveText("Checkout");
    await fillIn(page, ASHA);
    expect((await typedInto(page)).key).not.toBe(used);
    await sendButton(page).click();
    await expect(heading(page)).toHaveText("Order saved");
    await expect(page.locator(".reference")).not.toHaveText(reference);
    expect(await shop.orderCount()).toBe(before + 2);
  });
});

test("with script the checkout leads to the same page, and makes no second order", async ({ page, shop, watch }) => {
  watch.foresee(/POST \/fn\/place_order 409/);
  const before = await shop.orderCount();
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  await fillIn(page, ASHA);
  await orderUnseen(page);
  await page.getByLabel("Full name").fill("Somebody Else");
  await sendButton(page).click();
  await expect(heading(page)).toContainText("You ordered this already");
  await expect(page.getByRole("link", { name: "View this order" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Order again" })).toBeVisible();
  expect(await shop.orderCount()).toBe(before + 1);
});
