// The shop cannot be reached (R13, K14): nothing is lost, WhatsApp is offered with the key, and the
// next visit saves the order under that key.
import type { Page } from "@playwright/test";
import { ASHA, addToCart, deskIsReady, fillIn, messageOf, openCheckout, orderPage, sendButton, typedInto } from "../support/journey.js";
import { expect, test } from "../support/test.js";

test.use({ ownShop: true });

const refused = /POST \/fn\/place_order net::ERR_CONNECTION_REFUSED/;
const panel = (page: Page) => page.locator("#form-errors");

test("with the shop gone WhatsApp is offered with key and lines, and the next visit saves the order once", async ({ page, shop, watch }) => {
  watch.foresee(refused);
  const product = await shop.product("mumbai");
  await addToCart(page, product, 2);
  await openCheckout(page);
  await fillIn(page, ASHA);
  const key = (await typedInto(page)).key;

  await shop.kill();
  await sendButton(page).click();
  await expect(panel(page)).toContainText("The shop could not save your order just now");
  await expect(panel(page)).toBeFocused();
  const message = messageOf(await panel(page).getByRole("link").getAttribute("href"));
  for (const part of [`Key: ${key}`, product.name, "× 2 = ₹", ASHA.name, ASHA.phone, "12 Park Road"]) {
    expect(message).toContain(part);
  }
  for (const [label, value] of [
    ["Full name", ASHA.name],
    ["Mobile number", ASHA.phone],
    ["House, street and area", ASHA.line1],
  ]) {
    await expect(page.getByLabel(label)).toHaveValue(value);
  }
  await expect(sendButton(page)).toBeEnabled();
  await expect(sendButton(page)).toHaveText("Send Order via WhatsApp");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(panel(page)).toBeFocused();
  const cart = (await page.context().cookies()).find((cookie) => cookie.name === "cart");
  expect(cart?.value, "the cart is kept").toBeTruthy();

  await shop.comeBack();
  const sentAgain = page.waitForRequest("**/fn/place_order");
  await page.goto(`/p/${product.slug}`);
  expect((await sentAgain).postData(), "under the same key").toContain(key);
  const status = page.getByRole("status");
  await expect(status).toContainText("Your order is saved now");
  expect(await shop.orderCount()).toBe(1);
  await expect.poll(async () => (await page.context().cookies()).map((cookie) => cookie.name)).not.toContain("unsent");

  await page.goto("/");
  await expect(page.getByRole("link", { name: "Cart, empty" })).toBeVisible();
  await expect(page.getByRole("status")).toHaveCount(0);
  expect(watch.count("POST /fn/place_order")).toBe(3);
  expect(await shop.orderCount()).toBe(1);
});

test("trying again by hand after the shop is back saves the order and leaves nothing to send", async ({ page, shop, watch }) => {
  watch.foresee(refused);
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  await fillIn(page, ASHA);
  await shop.kill();
  await sendButton(page).click();
  await expect(panel(page)).toBeFocused();
  await shop.comeBack();
  await page.getByRole("button", { name: "Try again" }).click();
  await orderPage(page);
  await page.goto("/");
  await expect(page.getByRole("status")).toHaveCount(0);
  expect(await shop.orderCount()).toBe(1);
});

test("coming back to the checkout saves the order and leads to it instead of asking for it again", async ({ page, shop, watch }) => {
  watch.foresee(refused);
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  await fillIn(page, ASHA);
  await shop.kill();
  await sendButton(page).click();
  await expect(panel(page)).toBeFocused();
  await shop.comeBack();
  await page.goto("/checkout");
  await orderPage(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Order saved");
  await expect(page.getByRole("link", { name: "Cart, empty" })).toBeVisible();
  expect(await shop.orderCount()).toBe(1);
});

test("with two shops in the cart each is offered its own lines under the same key", async ({ page, shop, watch }) => {
  watch.foresee(refused);
  const [first, second] = [await shop.product("mumbai"), await shop.product("dhaka")];
  await addToCart(page, first);
  await addToCart(page, second);
  await openCheckout(page);
  await fillIn(page, ASHA);
  const key = (await typedInto(page)).key;
  await shop.kill();
  await sendButton(page).click();
  const links = panel(page).getByRole("link");
  await expect(links).toHaveCount(2);
  const [toFirst, toSecond] = [0, 1].map(async (at) => messageOf(await links.nth(at).getAttribute("href")));
  expect(await toFirst).toContain(first.name);
  expect(await toFirst).not.toContain(second.name);
  expect(await toSecond).toContain(second.name);
  for (const message of [await toFirst, await toSecond]) expect(message).toContain(`Key: ${key}`);
});

test("a cart that was changed meanwhile is not ordered behind the shopper's back", async ({ page, shop, watch }) => {
  watch.foresee(refused);
  watch.foresee(/POST \/fn\/place_order 409/);
  const product = await shop.product("mumbai");
  await addToCart(page, product);
  await openCheckout(page);
  await fillIn(page, ASHA);
  await shop.kill();
  await sendButton(page).click();
  await expect(panel(page)).toBeFocused();
  await shop.comeBack();
  // Another page sends nothing while it has no script to do it with.
  await page.context().request.post(`/p/${product.slug}`, { form: { variant: product.variants[0].id, quantity: "1" } });
  await page.goto("/");
  await expect(page.getByRole("status")).toContainText("something in it has changed");
  await page.getByRole("link", { name: "Go to checkout" }).click();
  await deskIsReady(page);
  expect(await shop.orderCount()).toBe(0);
});

test("when no answer comes for twenty seconds WhatsApp is offered, and a late answer still leads to the order", async ({ page, shop }) => {
  await page.clock.install();
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  await fillIn(page, ASHA);
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/fn/place_order", async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  await sendButton(page).click();
  await expect(sendButton(page)).toHaveText("Saving Order...");
  await page.clock.fastForward(21_000);
  await expect(panel(page)).toContainText("The shop could not save your order just now");
  await expect(sendButton(page)).toBeEnabled();
  answer();
  await orderPage(page);
  expect(await shop.orderCount()).toBe(1);
});
