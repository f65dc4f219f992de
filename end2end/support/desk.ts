// What merchants do, in the words of their pages.
import { expect, type Locator, type Page } from "@playwright/test";
import type { Order, Shop } from "./shop.js";

/** Opens a page of the desk as somebody who has signed in before. */
export async function openDesk(page: Page, shop: Shop, path = "/admin/orders"): Promise<void> {
  const value = await shop.adminSession();
  await page.context().addCookies([{ name: "session", value, url: shop.url }]);
  await page.goto(path);
}

/** The line of an order, which unfolds. */
export const rowOf = (page: Page, order: Order): Locator => page.locator(`#order-${order.order_reference}`);

export async function unfold(page: Page, order: Order): Promise<Locator> {
  const row = rowOf(page, order);
  if ((await row.getAttribute("open")) === null) await row.locator("> summary").click();
  await expect(row).toHaveAttribute("open", /.*/);
  return row;
}

/** Chooses in a status menu and presses its button. */
export async function changeStatus(place: Locator, to: string): Promise<void> {
  await place.getByLabel("Change status").selectOption({ label: to });
  await place.getByRole("button", { name: "Change", exact: true }).click();
}

/** Waits until the page listens to its forms and to news, and has fetched what it may have missed. */
export async function pageIsLive(page: Page): Promise<void> {
  await page.waitForFunction(() => window.told.live.includes("open") && window.told.live.includes("fetched"));
}

/** Signs in by the desk's own form. */
export async function signInToDesk(page: Page): Promise<void> {
  await page.goto("/admin/orders");
  await expect(page).toHaveURL(/\/admin\/login\?next=/);
  await page.getByLabel("E-mail").fill("admin@example.com");
  await page.getByLabel("Password").fill("harkara-demo");
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/admin/orders");
}

/** A Packzy account of the Dhaka store whose pushes the test can send. */
export class Pusher {
  static readonly SECRET = "the secret of the test";

  private constructor(private readonly address: string) {}

  /** Adds the account by the desk's form and reads its address from the page. */
  static async add(page: Page, name: string): Promise<Pusher> {
    await page.goto("/admin/couriers?new=packzy");
    await page.getByLabel("Store").selectOption({ label: DHAKA });
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("API key").fill("key");
    await page.getByLabel("Secret key").fill("secret");
    await page.getByLabel("Webhook secret", { exact: true }).fill(Pusher.SECRET);
    await page.getByRole("button", { name: "Save courier" }).click();
    const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });
    await expect(card.getByText("Set on").first()).toBeVisible();
    return new Pusher((await card.locator(".webhook-url").innerText()).trim());
  }

  /** What Packzy sends when a parcel has another state. */
  async says(awb: string, invoice: string, status: string, message: string, at: string): Promise<void> {
    const answer = await fetch(this.address, {
      method: "POST",
      headers: { authorization: `Bearer ${Pusher.SECRET}`, "content-type": "application/json" },
      body: JSON.stringify({
        notification_type: status ? "delivery_status" : "tracking_update",
        consignment_id: Number(awb),
        invoice,
        cod_amount: 1850,
        ...(status ? { status, delivery_charge: 100 } : {}),
        tracking_message: message,
        updated_at: at,
      }),
    });
    expect(answer.status, await answer.text()).toBe(200);
  }
}

export const DHAKA = "Meghna Crafts";

/** A time of Bangladesh that is so many minutes ahead, as Packzy writes it. */
export function soon(minutes: number): string {
  const there = new Date(Date.now() + 6 * 3_600_000 + minutes * 60_000);
  return there.toISOString().slice(0, 19).replace("T", " ");
}
