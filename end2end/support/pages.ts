// Every page in every state that a visitor can see it in. The accessibility tests and the pictures
// both walk this list, so that a new page is in both or in neither.
import { expect, type Page } from "@playwright/test";
import { ASHA, addToCart, deskIsReady, fillIn, openCheckout, orderPage, orderUrl, sendButton } from "./journey.js";
import { changeStatus, openDesk, Pusher, rowOf, soon, unfold } from "./desk.js";
import type { Order, Shop } from "./shop.js";

export interface Sight {
  name: string;
  /** Brings the page there. */
  open: (page: Page, shop: Shop) => Promise<void>;
  /** The problems that belong to it. */
  foreseen?: RegExp[];
  /** What it does to a shop would be seen on other pages, or it takes longer than others. */
  ownShop?: boolean;
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

/** Sends a push that nobody can have sent, to the last address on the page. */
async function pushWrongly(page: Page): Promise<void> {
  const address = (await page.locator(".webhook-url").last().innerText()).trim();
  await fetch(address, { method: "POST", headers: { authorization: "Bearer wrong" }, body: "{}" });
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

/** An order that the desk has confirmed. */
async function confirmed(shop: Shop, store: "dhaka" | "mumbai", quantity = 1): Promise<Order> {
  const order = await shop.order(store, { quantity });
  await shop.tell("POST", `/api/v1/orders/${order.id}/confirm/`, {});
  return order;
}

/** A parcel with news of every kind, and a question nobody has settled. */
async function withParcel(page: Page, shop: Shop): Promise<Order> {
  const order = await confirmed(shop, "dhaka", 2);
  // Numbers of parcels are unique.
  const name = `Packzy ${order.order_reference.slice(-6)}`;
  const awb = String(100_000_000 + Math.floor(Math.random() * 800_000_000));
  await openDesk(page, shop);
  const pusher = await Pusher.add(page, name);
  await page.goto(`/admin/orders/${order.order_reference}`);
  await page.getByText("Booked elsewhere? Add its AWB").click();
  await page.locator("#attach").getByLabel("Courier").selectOption({ label: name });
  await page.locator("#attach").getByLabel("AWB or consignment number").fill(awb);
  await page.getByRole("button", { name: "Add shipment" }).click();
  await page.getByRole("button", { name: "Handed over" }).click();
  await expect(page.getByText("Handed over to the courier.")).toBeVisible();
  await pusher.says(awb, order.order_reference, "", "Consignment received at the hub in Mirpur", soon(1));
  await pusher.says(awb, order.order_reference, "delivered_approval_pending", "Rider Karim 01712-345678 is on the way", soon(2));
  await pusher.says(awb, order.order_reference, "a_new_word", "Nobody knows what this means", soon(3));
  await expect(page.getByRole("heading", { name: "One open question" })).toBeVisible();
  return order;
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
  { name: "track", open: async (page) => void (await page.goto("/track")) },
  {
    name: "track-miss",
    foreseen: [/POST \/track 404/],
    open: async (page) => {
      await page.goto("/track");
      await page.getByLabel("Order number").fill("LEG-1AB2CD-EFGH23");
      await page.getByLabel("Last four digits of the phone").fill("0000");
      await page.getByRole("button", { name: "Show my order" }).click();
      await expect(page.getByText("We could not find this order")).toBeVisible();
    },
  },
  { name: "track-found", open: async (page, shop) => {
    const order = await confirmed(shop, "mumbai");
    await page.goto(`/track?reference=${order.order_reference}`);
    await page.getByLabel("Last four digits of the phone").fill("3210");
    await page.getByRole("button", { name: "Show my order" }).click();
    await expect(page.locator(".timeline")).toBeVisible();
  } },
  { name: "order-on-its-way", open: async (page, shop) => {
    const order = await withParcel(page, shop);
    // The desk notices that it is signed out and goes to its login: not while another page is being opened.
    await page.goto("about:blank");
    await page.context().clearCookies();
    await page.goto(`/o/${order.token}`);
    await expect(page.locator(".progress [aria-current]")).toHaveText("Out for delivery");
  } },
  { name: "cart-after-an-order", open: async (page, shop) => {
    await order(page, shop);
    await page.goto("/cart");
    await expect(page.getByRole("link", { name: "View order" })).toBeVisible();
  } },
  { name: "desk-login", open: async (page) => void (await page.goto("/admin/login")) },
  { name: "desk-orders", open: async (page, shop) => {
    await confirmed(shop, "dhaka");
    const order = await shop.order("mumbai", { quantity: 2, name: "Mohammad Rahim Uddin Chowdhury" });
    await openDesk(page, shop);
    await unfold(page, order);
  } },
  { name: "desk-orders-nothing", open: async (page, shop) => {
    await openDesk(page, shop, "/admin/orders?q=nobody+has+this+name");
  } },
  { name: "desk-order-changed", open: async (page, shop) => {
    const order = await shop.order("mumbai");
    await openDesk(page, shop);
    await changeStatus(await unfold(page, order), "Cancelled");
    await expect(rowOf(page, order).getByRole("status")).toContainText("cancelled");
  } },
  {
    name: "desk-order-refused",
    foreseen: [/POST \/admin\/orders 409/],
    open: async (page, shop) => {
      const product = await shop.product("mumbai");
      const order = await shop.order("mumbai", { quantity: 4 });
      const stock = `/api/v1/products/${product.slug}/variants/${product.variants.at(-1)?.id}/`;
      await shop.tell("PATCH", stock, { stock_quantity: 3 });
      await openDesk(page, shop);
      const row = await unfold(page, order);
      await row.getByRole("button", { name: "Confirm Order & Reduce Stock" }).click();
      await expect(row.getByRole("status")).toContainText("Insufficient stock. Available: 3");
      await shop.tell("PATCH", stock, { stock_quantity: 50 });
    },
  },
  { name: "desk-order", open: async (page, shop) => {
    const order = await confirmed(shop, "dhaka");
    await openDesk(page, shop, `/admin/orders/${order.order_reference}`);
    await page.getByText("Booked elsewhere? Add its AWB").click();
  } },
  { name: "desk-order-booked", open: async (page, shop) => {
    const order = await confirmed(shop, "dhaka");
    await openDesk(page, shop, `/admin/orders/${order.order_reference}`);
    await page.getByRole("button", { name: "Create shipment" }).click();
    await expect(page.getByText("The courier was asked.")).toBeVisible();
  } },
  { name: "desk-order-parcel", open: async (page, shop) => {
    await withParcel(page, shop);
    for (const summary of await page.locator("details.more > summary").all()) await summary.click();
  } },
  { name: "desk-couriers", open: async (page, shop) => openDesk(page, shop, "/admin/couriers") },
  {
    name: "desk-courier-wrong",
    foreseen: [/POST \/admin\/couriers 422/],
    open: async (page, shop) => {
      await openDesk(page, shop, "/admin/couriers?new=packzy");
      await page.getByLabel("Name", { exact: true }).fill("");
      await page.getByRole("button", { name: "Save courier" }).click();
      await expect(page.getByText("Please check one field")).toBeVisible();
    },
  },
  {
    name: "desk-alert",
    ownShop: true,
    open: async (page, shop) => {
      await openDesk(page, shop, "/admin/webhooks");
      for (let push = 0; push < 3; push += 1) await pushWrongly(page);
      const notice = page.getByRole("region", { name: "What is going wrong" }).getByRole("listitem");
      // Alerts are looked for every minute.
      await expect(async () => {
        await page.goto("/admin/orders");
        await expect(notice).toHaveCount(1, { timeout: 1_000 });
      }).toPass({ timeout: 90_000 });
    },
  },
  { name: "desk-webhooks", open: async (page, shop) => {
    await withParcel(page, shop);
    await page.goto("/admin/webhooks");
    await pushWrongly(page);
    await page.reload();
    await expect(page.getByRole("heading", { name: "Turned away" })).toBeVisible();
  } },
  { name: "desk-codes", open: async (page, shop) => {
    await withParcel(page, shop);
    await page.goto("/admin/couriers/codes");
    await expect(page.getByRole("heading", { name: "a_new_word" }).first()).toBeVisible();
  } },
  {
    name: "desk-codes-plan",
    ownShop: true,
    open: async (page, shop) => {
      await withParcel(page, shop);
      await page.goto("/admin/couriers/codes");
      await page.getByLabel("What does it mean?").first().selectOption("Out for delivery");
      await page.getByRole("button", { name: /^See what would change/ }).first().click();
      await page.getByRole("button", { name: "Save this meaning" }).click();
      await expect(page.getByRole("status")).toContainText("Saved.");
      await page.getByRole("button", { name: /^Take back what you said/ }).click();
      await expect(page.getByRole("button", { name: "Take it back" })).toBeVisible();
    },
  },
  { name: "not-found", foreseen: [/GET \/p\/nothing 404/], open: async (page) => void (await page.goto("/p/nothing")) },
];
