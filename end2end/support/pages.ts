// Every page in every state that a visitor can see it in. The accessibility tests and the pictures
// both walk this list, so that a new page is in both or in neither.
import { expect, type Page } from "@playwright/test";
import { ASHA, addToCart, deskIsReady, fillIn, openCheckout, orderPage, orderUrl, sendButton } from "./journey.js";
import type { Shop } from "./shop.js";

export interface Sight {
  name: string;
  /** Brings the page there. */
  open: (page: Page, shop: Shop) => Promise<void>;
  /** The problems that belong to it. */
  foreseen?: RegExp[];
}

async function order(page: Page, shop: Shop): Promise<void> {
  await addToCart(page, await shop.product("mumbai"), 2);
  await openCheckout(page);
  await fillIn(page, ASHA);
  await sendButton(page).click();
  await orderPage(page);
}

async function signIn(page: Page): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("E-mail").fill("admin@example.com");
  await page.getByLabel("Password").fill("harkara-demo");
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("button", { name: "Log out" })).toBeVisible();
}

/** Fills the cart, orders it unseen, and is left with the cart. */
async function orderedAlready(page: Page, shop: Shop): Promise<void> {
  await addToCart(page, await shop.product("mumbai"));
  const cookies = await page.context().cookies();
  await openCheckout(page);
  await fillIn(page, ASHA);
  await sendButton(page).click();
  await orderPage(page);
  await page.context().addCookies(cookies);
  await page.goto("/checkout");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("You ordered this already");
}

export const SIGHTS: Sight[] = [
  { name: "home", open: async (page) => void (await page.goto("/")) },
  { name: "category", open: async (page) => {
    await page.goto("/");
    await page.getByRole("navigation", { name: "Categories" }).getByRole("link").nth(1).click();
  } },
  { name: "search", open: async (page, shop) => void (await page.goto(`/?q=${encodeURIComponent((await shop.product("dhaka")).name)}`)) },
  { name: "search-nothing", open: async (page) => void (await page.goto("/?q=zzzzzz")) },
  { name: "product", open: async (page, shop) => void (await page.goto(`/p/${(await shop.product("mumbai")).slug}`)) },
  { name: "product-sizes", open: async (page, shop) => void (await page.goto(`/p/${(await shop.sizedProduct()).slug}`)) },
  { name: "product-sold-out", open: async (page, shop) => void (await page.goto(`/p/${(await shop.soldOut()).slug}`)) },
  {
    name: "product-error",
    foreseen: [/POST \/p\/.* 422/],
    open: async (page, shop) => {
      await page.goto(`/p/${(await shop.product("mumbai")).slug}`);
      await page.locator(".product-buy").evaluate((form: HTMLFormElement) => (form.noValidate = true));
      await page.getByLabel("Quantity").fill("0");
      await page.getByRole("button", { name: "Add to cart" }).click();
      await expect(page.getByLabel("Quantity")).toHaveAttribute("aria-invalid", "true");
    },
  },
  { name: "cart-empty", open: async (page) => void (await page.goto("/cart")) },
  { name: "cart", open: async (page, shop) => {
    await addToCart(page, await shop.product("mumbai"), 2);
  } },
  {
    name: "cart-two-shops-error",
    foreseen: [/POST \/cart 422/],
    open: async (page, shop) => {
      const product = await shop.product("mumbai");
      await addToCart(page, await shop.product("dhaka"), 4);
      await addToCart(page, product);
      await page.getByRole("spinbutton", { name: `Quantity of ${product.name}` }).fill("-3");
      await page.getByRole("button", { name: `Update the quantity of ${product.name}` }).click();
      await expect(page.getByText("Please check one field")).toBeVisible();
    },
  },
  { name: "cart-short", open: async (page, shop) => {
    await addToCart(page, await shop.product("mumbai"), 999);
    await expect(page.getByText("Some items need your attention")).toBeVisible();
  } },
  { name: "checkout", open: async (page, shop) => {
    await addToCart(page, await shop.product("mumbai"), 2);
    await openCheckout(page);
  } },
  {
    name: "checkout-errors",
    foreseen: [/POST \/fn\/place_order 400/],
    open: async (page, shop) => {
      await addToCart(page, await shop.product("mumbai"));
      await openCheckout(page);
      await page.getByLabel("Mobile number").fill("12345");
      await sendButton(page).click();
      await expect(page.locator("#form-errors")).toBeFocused();
    },
  },
  {
    name: "checkout-refused",
    foreseen: [/POST \/checkout 422/],
    open: async (page, shop) => {
      await addToCart(page, await shop.product("mumbai"));
      await page.goto("/checkout");
      await page.getByLabel("Mobile number").fill("12345");
      // As a browser without script sends it: the whole page is the answer.
      await page.locator("#checkout-form").evaluate((form: HTMLFormElement) => form.submit());
      await expect(page.getByLabel("Mobile number")).toHaveAttribute("aria-invalid", "true");
      await deskIsReady(page);
    },
  },
  {
    name: "checkout-changed",
    foreseen: [/POST \/fn\/place_order 409/, /POST \/checkout 409/],
    open: async (page, shop) => {
      const product = await shop.product("mumbai");
      await addToCart(page, product);
      await openCheckout(page);
      await fillIn(page, ASHA);
      await page.context().request.post("/cart", { form: { variant: product.variants.at(-1)?.id ?? "", quantity: "2" } });
      await sendButton(page).click();
      await expect(page.getByText("Your order is not saved yet")).toBeVisible();
    },
  },
  { name: "checkout-saving", open: async (page, shop) => {
    await addToCart(page, await shop.product("mumbai"));
    await openCheckout(page);
    await fillIn(page, ASHA);
    await page.route("**/fn/place_order", () => {});
    await sendButton(page).click();
    await expect(sendButton(page)).toHaveText("Saving Order...");
  } },
  {
    name: "checkout-unreachable",
    foreseen: [/POST \/fn\/place_order net::ERR_FAILED/],
    open: async (page, shop) => {
      await addToCart(page, await shop.product("mumbai"));
      await addToCart(page, await shop.product("dhaka"));
      await openCheckout(page);
      await fillIn(page, ASHA);
      await page.route("**/fn/place_order", (route) => route.abort());
      await sendButton(page).click();
      await expect(page.locator("#form-errors")).toBeFocused();
      await page.unroute("**/fn/place_order");
    },
  },
  {
    name: "saved-after-all",
    foreseen: [/POST \/fn\/place_order net::ERR_FAILED/],
    open: async (page, shop) => {
      await addToCart(page, await shop.product("mumbai"));
      await openCheckout(page);
      await fillIn(page, ASHA);
      await page.route("**/fn/place_order", (route) => route.abort());
      await sendButton(page).click();
      await expect(page.locator("#form-errors")).toBeFocused();
      await page.unroute("**/fn/place_order");
      await page.goto("/");
      await expect(page.getByRole("status")).toContainText("Your order is saved now");
    },
  },
  { name: "order", open: order },
  { name: "order-two-shops", open: async (page, shop) => {
    await addToCart(page, await shop.product("mumbai"));
    await addToCart(page, await shop.product("dhaka"), 2);
    await openCheckout(page);
    await fillIn(page, ASHA);
    await sendButton(page).click();
    // With two shops nothing opens by itself.
    await page.waitForURL(orderUrl);
  } },
  { name: "order-of-somebody-else", open: async (page, shop) => {
    await order(page, shop);
    await page.context().clearCookies();
    await page.reload();
  } },
  { name: "ordered-already", open: orderedAlready },
  { name: "login", open: async (page) => void (await page.goto("/login")) },
  {
    name: "login-error",
    foreseen: [/POST \/login 422/],
    open: async (page) => {
      await page.goto("/login");
      await page.getByLabel("E-mail").fill("admin@example.com");
      await page.getByLabel("Password").fill("not the password");
      await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
      await expect(page.getByText("E-mail or password is wrong.").first()).toBeVisible();
    },
  },
  { name: "my-orders-none", open: async (page) => {
    await signIn(page);
    await page.goto("/account/orders");
  } },
  { name: "my-orders", open: async (page, shop) => {
    await signIn(page);
    await order(page, shop);
    await page.goto("/account/orders");
  } },
  { name: "not-found", foreseen: [/GET \/p\/nothing 404/], open: async (page) => void (await page.goto("/p/nothing")) },
];
