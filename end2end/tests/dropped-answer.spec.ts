// The promise that an order survives a dead network (N2): the shop has the order, its answer never
// arrives, and whatever is done then, it stays one order. A hundred answers are dropped in all.
import { Curl, hidden } from "../support/curl.js";
import { ASHA, addToCart, deskIsReady, fillIn, openCheckout, orderPage, orderUrl, sendButton } from "../support/journey.js";
import { type Fate, Network } from "../support/network.js";
import { expect, test as base } from "../support/test.js";

const DROPS_WITH_SCRIPT = 5;
const DROPS_WITHOUT_SCRIPT = 5;
const CURL_ORDERS = 30;
const FATES: Fate[] = ["lost", "cut", "silent"];
/** What the browser shows instead of a page that did not arrive. */
const BROKEN = "chrome-error://chromewebdata/";

const test = base.extend<{ network: Network }>({
  network: async ({ shop }, use) => {
    const network = await Network.before(shop);
    await use(network);
    await network.close();
  },
  baseURL: async ({ network }, use) => use(network.url),
});

const dropped = /POST \/(fn\/place_order|checkout) net::ERR_/;

test.describe("with script", () => {
  test("five answers are lost, each time the shopper tries again: one order", async ({ page, shop, network, watch }) => {
    watch.foresee(dropped);
    const before = await shop.orderCount();
    await addToCart(page, await shop.product("mumbai"));
    await openCheckout(page);
    await fillIn(page, ASHA);
    network.drop(...Array<Fate>(DROPS_WITH_SCRIPT).fill("lost"));
    await sendButton(page).click();
    for (let drop = 1; drop <= DROPS_WITH_SCRIPT; drop += 1) {
      const again = page.getByRole("button", { name: "Try again" });
      await expect(again).toBeVisible();
      await expect(page.getByLabel("Full name")).toHaveValue(ASHA.name);
      expect(network.dropped).toBe(drop);
      await again.click();
    }
    await orderPage(page);
    expect(await shop.orderCount()).toBe(before + 1);
  });

  test("after a reload the checkout says that it is ordered, and a second tab's form makes no second order", async ({ page, context, shop, network, watch }) => {
    watch.foresee(dropped);
    const before = await shop.orderCount();
    await addToCart(page, await shop.product("mumbai"));
    await openCheckout(page);
    await fillIn(page, ASHA);
    const second = await context.newPage();
    await openCheckout(second);
    await fillIn(second, ASHA);
    network.drop("lost");
    await sendButton(page).click();
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();

    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("You ordered this already");
    await page.goto("/checkout");
    await expect(page.getByRole("button", { name: "Send Order via WhatsApp" })).toHaveCount(0);
    await sendButton(second).click();
    await orderPage(second);
    expect(await shop.orderCount()).toBe(before + 1);
  });

  test("after a lost answer the same cart can still be ordered again on purpose", async ({ page, shop, network, watch }) => {
    watch.foresee(dropped);
    const before = await shop.orderCount();
    await addToCart(page, await shop.product("mumbai"));
    await openCheckout(page);
    await fillIn(page, ASHA);
    network.drop("lost");
    await sendButton(page).click();
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    await page.goto("/checkout");
    // What could not be sent is not sent from here, which would empty the cart.
    await expect.poll(async () => (await page.context().cookies()).map((cookie) => cookie.name)).not.toContain("unsent");
    await page.getByRole("button", { name: "Order again" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Checkout");
    await deskIsReady(page);
    await fillIn(page, ASHA);
    await sendButton(page).click();
    await orderPage(page);
    expect(await shop.orderCount()).toBe(before + 2);
  });

  test("the next page tells the shopper that the order is saved after all", async ({ page, shop, network, watch }) => {
    watch.foresee(dropped);
    const before = await shop.orderCount();
    await addToCart(page, await shop.product("mumbai"));
    await openCheckout(page);
    await fillIn(page, ASHA);
    network.drop("lost");
    await sendButton(page).click();
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    await page.goto("/");
    await expect(page.getByRole("status")).toContainText("Your order is saved now");
    await page.getByRole("status").getByRole("link", { name: "View order" }).click();
    await orderPage(page);
    expect(await shop.orderCount()).toBe(before + 1);
  });
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("answers are lost in several tabs, the shopper reloads and sends again: one order", async ({ page, context, shop, network, watch }) => {
    watch.foresee(dropped);
    const before = await shop.orderCount();
    await addToCart(page, await shop.product("mumbai"));
    const tabs = [page];
    while (tabs.length < DROPS_WITHOUT_SCRIPT + 1) tabs.push(await context.newPage());
    for (const tab of tabs) {
      await openCheckout(tab, { script: false });
      await fillIn(tab, ASHA);
    }
    const last = tabs.pop();
    network.dropAll("lost");
    for (const tab of tabs) {
      await sendButton(tab).click();
      await tab.waitForURL(BROKEN);
    }
    // A browser may have sent a form once more by itself.
    expect(network.dropped).toBeGreaterThanOrEqual(DROPS_WITHOUT_SCRIPT);
    network.heal();

    const fresh = await context.newPage();
    await fresh.goto("/checkout");
    await expect(fresh.getByRole("heading", { level: 1 })).toContainText("You ordered this already");
    await page.reload();
    await expect(page).toHaveURL(orderUrl);
    await sendButton(last ?? page).click();
    await expect(last ?? page).toHaveURL(page.url());
    expect(await shop.orderCount()).toBe(before + 1);
  });
});

test("ninety answers to curl are lost in three ways, and every cart is one order", async ({ shop, network }) => {
  test.slow();
  const before = await shop.orderCount();
  const product = await shop.product("mumbai");
  const variant = product.variants[0].id;
  const references = new Set<string>();
  for (let order = 0; order < CURL_ORDERS; order += 1) {
    const curl = new Curl(network.url);
    await curl.post(`/p/${product.slug}`, { variant, quantity: "1" });
    const form = (await curl.get("/checkout")).body;
    const fields = { key: hidden(form, "key"), contents: hidden(form, "contents"), ...ASHA, country: "IN", payment_method: "cod" };
    // Each cart meets every fate, and is the first to meet each in turn.
    for (let drop = 0; drop < FATES.length; drop += 1) {
      network.drop(FATES[(order + drop) % FATES.length]);
      expect((await curl.post("/checkout", fields)).location).toBe("");
      // A fresh look at the checkout is part of the game and must not start another order.
      expect((await curl.get("/checkout")).status).toBe(200);
    }
    expect((await curl.get("/checkout")).body).toContain("You ordered this already");
    const placed = await curl.post("/checkout", fields);
    const again = await curl.post("/checkout", fields);
    expect(placed.status).toBe(303);
    expect(placed.location).toMatch(orderUrl);
    expect(again.location).toBe(placed.location);
    const page = (await curl.get(placed.location)).body;
    references.add(/class="reference">([^<]+)</.exec(page)?.[1] ?? "");
  }
  expect(network.dropped).toBe(CURL_ORDERS * FATES.length);
  expect(references.size).toBe(CURL_ORDERS);
  expect(await shop.orderCount()).toBe(before + CURL_ORDERS);
});
