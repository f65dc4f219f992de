// What shoppers do, in the words of the pages.
import { expect, type Page, test } from "@playwright/test";
import type { Product } from "./shop.js";

export interface Buyer {
  name: string;
  phone: string;
  line1: string;
  city: string;
  pincode: string;
}

export const ASHA: Buyer = {
  name: "Asha Rao & Söhne",
  phone: "098765 43210",
  line1: "12 Park Road, Flat #4",
  city: "Pune",
  pincode: "411 001",
};

/** Puts pieces of a product's last variant into the cart. */
export async function addToCart(page: Page, product: Product, quantity = 1): Promise<void> {
  await page.goto(`/p/${product.slug}`);
  const variant = product.variants.at(-1);
  if (product.variants.length > 1) await page.locator(`input[value="${variant?.id}"]`).check();
  await page.getByLabel("Quantity").fill(String(quantity));
  await page.getByRole("button", { name: "Add to cart" }).click();
  await expect(page).toHaveURL("/cart");
}

export async function fillIn(page: Page, buyer: Buyer): Promise<void> {
  await page.getByLabel("Full name").fill(buyer.name);
  await page.getByLabel("Mobile number").fill(buyer.phone);
  await page.getByLabel("House, street and area").fill(buyer.line1);
  await page.getByLabel("Town or city").fill(buyer.city);
  await page.getByLabel("Pincode or postcode").fill(buyer.pincode);
}

/** Opens the checkout; with script, waits until its island listens to the form. */
export async function openCheckout(page: Page, { script = true } = {}): Promise<void> {
  await page.goto("/checkout");
  if (script) await deskIsReady(page);
}

export async function deskIsReady(page: Page): Promise<void> {
  await page.waitForFunction(() => window.told.listensTo.includes("checkout-form submit"));
}

/** Waits until the order's page has decided whether to open WhatsApp: it asks for the pointer. */
export async function whatsAppIsDecided(page: Page): Promise<void> {
  await page.waitForFunction(() => window.told.asked.includes("(pointer: coarse)"));
}

/** Every field of the checkout form as it would be sent. */
export function typedInto(page: Page): Promise<Record<string, string>> {
  return page.locator("#checkout-form").evaluate((form: HTMLFormElement) => {
    const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    return Object.fromEntries(fields);
  });
}

/** Waits for the page of the order that was just placed. A phone leaves it for WhatsApp first. */
export async function orderPage(page: Page): Promise<void> {
  if (test.info().project.use.hasTouch) {
    await page.waitForURL(/^https:\/\/wa\.me\//);
    await page.goBack();
  }
  await page.waitForURL(orderUrl);
}

export const sendButton = (page: Page) => page.locator("#checkout-send");

export const orderUrl = /\/o\/[0-9a-f]{32}$/;

/** The text of a WhatsApp link, as the app will show it. */
export function messageOf(href: string | null): string {
  const url = new URL(href ?? "");
  expect(url.origin, "an ordinary link to WhatsApp").toBe("https://wa.me");
  expect(url.pathname, "the shop's number in digits").toMatch(/^\/\d{10,15}$/);
  expect(url.search, "blanks are not written as plus signs").not.toContain("+");
  return url.searchParams.get("text") ?? "";
}
