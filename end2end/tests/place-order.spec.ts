// The main job: from the first page to an order that is saved and written out in WhatsApp.
import { ASHA, addToCart, deskIsReady, fillIn, messageOf, openCheckout, orderPage, orderUrl, sendButton, whatsAppIsDecided } from "../support/journey.js";
import { expect, test } from "../support/test.js";

const isPhone = () => test.info().project.name === "phone";

test("a shopper finds a product, fills the cart, orders, and WhatsApp has the order", async ({ page, shop, watch }) => {
  const before = await shop.orderCount();
  const product = await shop.product("mumbai");

  await page.goto("/");
  await page.getByRole("searchbox", { name: "Search the shop" }).fill(product.name);
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(product.name);
  await page.getByRole("link", { name: product.name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(product.name);

  const choices = page.getByRole("group", { name: "Choose" }).getByRole("radio");
  await expect(choices).toHaveCount(product.variants.length);
  await choices.last().check();
  await page.getByRole("button", { name: "Add to cart" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your cart");
  await expect(page.getByRole("link", { name: "Cart, 1 item", exact: true })).toBeVisible();
  await page.getByRole("spinbutton", { name: `Quantity of ${product.name}` }).fill("3");
  await page.getByRole("button", { name: `Update the quantity of ${product.name}` }).click();
  await expect(page.getByRole("link", { name: "Cart, 3 items", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Checkout via WhatsApp" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Checkout");
  await deskIsReady(page);
  await fillIn(page, ASHA);
  await page.getByLabel("Landmark").fill("the old banyan");
  await page.getByLabel("Note to the shop").fill("After 6 PM? Ring & wait +1");
  await page.getByRole("radio", { name: "Agree in WhatsApp" }).check();
  await page.getByRole("button", { name: "Send Order via WhatsApp" }).click();

  await orderPage(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Order saved");
  await expect(page.getByRole("link", { name: "Cart, empty" })).toBeVisible();
  const reference = await page.locator(".reference").innerText();
  expect(reference).toMatch(/^[A-Z]{2,5}-/);

  const link = page.getByRole("main").getByRole("link", { name: "Send Order via WhatsApp" });
  await expect(link).not.toHaveAttribute("target");
  const href = await link.getAttribute("href");
  const message = messageOf(href);
  const variant = product.variants.at(-1);
  for (const part of [
    reference,
    product.name,
    variant?.size ?? "",
    "× 3 = ₹",
    "Total: ₹",
    ASHA.name,
    "+919876543210",
    "12 Park Road, Flat #4, near the old banyan, Pune, 411001",
    "After 6 PM? Ring & wait +1",
    page.url(),
  ]) {
    expect(message).toContain(part);
  }
  if (isPhone()) expect(watch.left[0], "what opened by itself is what the button opens").toBe(href);
  expect(await shop.orderCount()).toBe(before + 1);

  await page.goto("/cart");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your cart is empty");
});

test("categories lead to products, and a search that finds nothing says so", async ({ page }) => {
  await page.goto("/");
  const categories = page.getByRole("navigation", { name: "Categories" }).getByRole("link");
  const name = await categories.nth(1).innerText();
  await categories.nth(1).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await expect(categories.nth(1)).toHaveAttribute("aria-current", "true");
  await page.getByRole("main").getByRole("listitem").getByRole("heading").first().click();
  await expect(page.getByRole("navigation", { name: "You are here" })).toContainText(name);

  await page.goto("/?q=zzzzzz");
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
  await page.getByRole("link", { name: "Show all products" }).click();
  await expect(page).toHaveURL("/");
});

test("the catalogue has a next page and a way back", async ({ page }) => {
  await page.goto("/");
  const names = page.locator(".card-name");
  const first = await names.allInnerTexts();
  await page.getByRole("link", { name: "Next" }).click();
  const second = await names.allInnerTexts();
  expect(second.filter((name) => first.includes(name)), "no product is on both pages").toEqual([]);
  await page.getByRole("link", { name: "Previous" }).click();
  expect(await names.allInnerTexts()).toEqual(first);
});

test("while the order is saved the button says so and cannot be pressed, and two clicks are one order", async ({ page, shop, watch }) => {
  const before = await shop.orderCount();
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  await fillIn(page, ASHA);
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/fn/place_order", async (route) => {
    arrive();
    await held;
    await route.continue();
  });

  await sendButton(page).dblclick();
  await arrived;
  await expect(sendButton(page)).toHaveText("Saving Order...");
  await expect(sendButton(page)).toBeDisabled();
  // Neither the keyboard nor another script gets past it.
  await page.getByLabel("Full name").press("Enter");
  await page.locator("#checkout-form").evaluate((form: HTMLFormElement) => form.requestSubmit());
  release();

  await orderPage(page);
  expect(watch.count("POST /fn/place_order")).toBe(1);
  expect(watch.count("POST /checkout")).toBe(0);
  expect(await shop.orderCount()).toBe(before + 1);
});

test("WhatsApp opens by itself once on a phone, never on a desktop, and never again on Back or reload", async ({ page, shop, watch }) => {
  await addToCart(page, await shop.product("dhaka"));
  await openCheckout(page);
  await fillIn(page, { ...ASHA, phone: "01712-345678", city: "Dhaka", pincode: "1207" });
  await sendButton(page).click();
  await orderPage(page);
  const order = page.url();
  const expected = isPhone() ? 1 : 0;
  await whatsAppIsDecided(page);
  expect(watch.left).toHaveLength(expected);
  await page.reload();
  await whatsAppIsDecided(page);
  await page.goto("/");
  await page.goBack();
  await whatsAppIsDecided(page);
  await page.goto(order);
  await whatsAppIsDecided(page);
  await expect(page).toHaveURL(order);
  expect(watch.left, "nothing fired again").toHaveLength(expected);

  await page.getByRole("main").getByRole("link", { name: "Send Order via WhatsApp" }).click();
  await page.waitForURL(/^https:\/\/wa\.me\//);
  expect(watch.left).toHaveLength(expected + 1);
});

test("somebody else with the order's link sees its reference and no name, phone or street", async ({ page, shop, watch, browser }) => {
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  await fillIn(page, ASHA);
  await sendButton(page).click();
  await orderPage(page);
  const reference = await page.locator(".reference").innerText();

  const other = await browser.newContext();
  await watch.over(other);
  const stranger = await other.newPage();
  await stranger.goto(page.url());
  await expect(stranger.getByRole("heading", { level: 1 })).toHaveText(`Order ${reference}`);
  await expect(stranger.getByRole("main")).toContainText("Pune");
  const href = await stranger.getByRole("link", { name: "Ask about this order in WhatsApp" }).getAttribute("href");
  expect(messageOf(href)).toContain(reference);
  const everything = (await stranger.content()) + decodeURIComponent(href ?? "");
  for (const personal of ["Asha", "98765", "Park Road", "411001", "411 001"]) {
    expect(everything).not.toContain(personal);
  }
  await other.close();
});

test("a cart of two shops becomes an order for each, on one page, and nothing opens by itself", async ({ page, shop, watch }) => {
  const before = await shop.orderCount();
  await addToCart(page, await shop.product("mumbai"));
  await addToCart(page, await shop.product("dhaka"));
  await expect(page.getByText("Your cart has items of several shops.")).toBeVisible();
  await openCheckout(page);
  await fillIn(page, ASHA);
  await sendButton(page).click();
  await page.waitForURL(orderUrl);
  const links = page.getByRole("main").getByRole("link", { name: "Send Order via WhatsApp" });
  await expect(links).toHaveCount(2);
  const references = await page.locator(".reference").allInnerTexts();
  const messages = await Promise.all([0, 1].map(async (at) => messageOf(await links.nth(at).getAttribute("href"))));
  for (const [at, reference] of references.entries()) {
    expect(messages[at]).toContain(reference);
    expect(messages[1 - at]).not.toContain(reference);
  }
  expect(await shop.orderCount()).toBe(before + 2);
  expect(watch.left).toEqual([]);
});

test("wrong fields are named beside them without leaving the page, and the first is one key away", async ({ page, shop, watch }) => {
  watch.foresee(/POST \/fn\/place_order 400/);
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  await fillIn(page, { ...ASHA, name: "", phone: "12345" });
  await sendButton(page).click();
  const summary = page.locator("#form-errors");
  await expect(summary).toBeFocused();
  await expect(summary).toContainText("Please check 2 fields");
  const name = page.getByLabel("Full name");
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(name).toHaveAccessibleDescription(/Please tell us your name/);
  await expect(page.getByLabel("Mobile number")).toHaveAccessibleDescription(/does not look like a mobile number/);
  await expect(page.getByLabel("Mobile number")).toHaveValue("12345");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(name).toBeFocused();

  await name.fill(ASHA.name);
  await page.getByLabel("Mobile number").fill(ASHA.phone);
  await sendButton(page).click();
  await orderPage(page);
});

test("a cart that was changed in another tab is shown again before it is ordered, with everything typed", async ({ page, context, shop, watch }) => {
  watch.foresee(/POST \/fn\/place_order 409/);
  watch.foresee(/POST \/checkout 409/);
  const before = await shop.orderCount();
  const product = await shop.product("mumbai");
  await addToCart(page, product);
  await openCheckout(page);
  await fillIn(page, ASHA);
  await addToCart(await context.newPage(), product);
  await sendButton(page).click();
  await expect(page.locator("#form-errors")).toContainText("Your cart or a price has changed");
  await expect(page.getByLabel("Full name")).toHaveValue(ASHA.name);
  await expect(page.getByLabel("Pincode or postcode")).toHaveValue(ASHA.pincode);
  expect(await shop.orderCount()).toBe(before);
  await deskIsReady(page);
  await sendButton(page).click();
  await orderPage(page);
  await expect(page.getByRole("main")).toContainText("× 2");
  expect(await shop.orderCount()).toBe(before + 1);
});

test("a browser that cannot run WebAssembly orders by the plain form", async ({ page, shop, watch }) => {
  watch.foresee(/page error: .*WebAssembly/);
  await page.addInitScript(() => Reflect.deleteProperty(window, "WebAssembly"));
  await addToCart(page, await shop.product("mumbai"));
  const failed = page.waitForEvent("pageerror");
  await page.goto("/checkout");
  await failed;
  await fillIn(page, ASHA);
  await sendButton(page).click();
  await expect(page).toHaveURL(orderUrl);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Order saved");
  expect(watch.count("POST /checkout")).toBe(1);
});

test("a checkout that the browser brings back from its memory is loaded anew", async ({ page, shop }) => {
  await addToCart(page, await shop.product("mumbai"));
  await openCheckout(page);
  const loaded = page.waitForEvent("load");
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await loaded;
  await expect(sendButton(page)).toBeEnabled();
});
