// The same journey with scripting off, on a build with script and on one without, and by curl.
import { Curl, hidden } from "../support/curl.js";
import { ASHA, addToCart, fillIn, messageOf, openCheckout, orderUrl, sendButton } from "../support/journey.js";
import { expect, test } from "../support/test.js";

for (const build of ["full", "plain"] as const) {
  test.describe(`the ${build} build without script`, () => {
    test.use({ build });

    test("a shopper finds a product, orders, and gets a link to WhatsApp", async ({ page, shop, watch }) => {
      const before = await shop.orderCount();
      const product = await shop.product("mumbai");
      await page.goto("/");
      await page.getByRole("searchbox").fill(product.name);
      await page.getByRole("searchbox").press("Enter");
      await page.getByRole("link", { name: product.name, exact: true }).click();
      await page.getByRole("radio").last().check();
      await page.getByLabel("Quantity").fill("2");
      await page.getByRole("button", { name: "Add to cart" }).click();
      await page.getByRole("spinbutton", { name: `Quantity of ${product.name}` }).fill("4");
      await page.getByRole("button", { name: `Update the quantity of ${product.name}` }).click();
      await expect(page.getByRole("link", { name: "Cart, 4 items", exact: true })).toBeVisible();
      await page.getByRole("link", { name: "Checkout via WhatsApp" }).click();
      await fillIn(page, ASHA);
      await sendButton(page).click();

      await expect(page).toHaveURL(orderUrl);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Order saved");
      const reference = await page.locator(".reference").innerText();
      const link = page.getByRole("main").getByRole("link", { name: "Send Order via WhatsApp" });
      const message = messageOf(await link.getAttribute("href"));
      for (const part of [reference, product.name, "× 4 = ₹", "Total: ₹", ASHA.name, "Park Road"]) {
        expect(message).toContain(part);
      }
      expect(watch.left, "nothing opens by itself").toEqual([]);
      await link.click();
      await expect(page).toHaveURL(/^https:\/\/wa\.me\//);

      await page.goto("/cart");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your cart is empty");
      expect(await shop.orderCount()).toBe(before + 1);
    });

    test("wrong fields are named beside them and everything typed is kept", async ({ page, shop, watch }) => {
      watch.foresee(/POST \/checkout 422/);
      await addToCart(page, await shop.product("dhaka"));
      await openCheckout(page, { script: false });
      const name = "<b>Rahim</b> & \"Sons\"";
      await fillIn(page, { name, phone: "12345", line1: "", city: "Dhaka", pincode: "99" });
      await page.getByLabel("E-mail").fill("not an address");
      await page.getByLabel("Note to the shop").fill("  first line\nsecond < line");
      await page.getByRole("radio", { name: "Agree in WhatsApp" }).check();
      await page.getByLabel("Country").selectOption("Bangladesh");
      await sendButton(page).click();

      await expect(page.getByText("Please check 4 fields")).toBeVisible();
      await expect(page.getByLabel("Full name")).toHaveValue(name);
      await expect(page.getByLabel("Mobile number")).toHaveValue("12345");
      await expect(page.getByLabel("E-mail")).toHaveValue("not an address");
      await expect(page.getByLabel("Pincode or postcode")).toHaveValue("99");
      await expect(page.getByLabel("Note to the shop")).toHaveValue("  first line\nsecond < line");
      await expect(page.getByLabel("Country")).toHaveValue("BD");
      await expect(page.getByRole("radio", { name: "Agree in WhatsApp" })).toBeChecked();
      for (const [label, message] of [
        ["Mobile number", /does not look like a mobile number/],
        ["House, street and area", /house, street and area/],
        ["E-mail", /does not look right/],
        ["Pincode or postcode", /must have 4 digits/],
      ] as const) {
        await expect(page.getByLabel(label)).toHaveAttribute("aria-invalid", "true");
        await expect(page.getByLabel(label)).toHaveAccessibleDescription(message);
      }
      await expect(page.getByLabel("Full name")).not.toHaveAttribute("aria-invalid");
      await page.getByRole("link", { name: /does not look like a mobile number/ }).click();
      await expect(page).toHaveURL(/#field-phone$/);

      await page.getByLabel("Mobile number").fill("01712 345678");
      await page.getByLabel("House, street and area").fill("Road 5");
      await page.getByLabel("E-mail").fill("");
      await page.getByLabel("Pincode or postcode").fill("1207");
      await sendButton(page).click();
      await expect(page).toHaveURL(orderUrl);
    });

    test("a quantity that makes no sense is refused beside the field, in the cart and on the product's page", async ({ page, shop, watch }) => {
      const product = await shop.product("mumbai");
      watch.foresee(/POST \/cart 422/);
      watch.foresee(/POST \/p\/.* 422/);
      await page.goto(`/p/${product.slug}`);
      await page.getByLabel("Quantity").fill("0");
      await page.getByRole("button", { name: "Add to cart" }).evaluate((button) => button.closest("form")?.setAttribute("novalidate", ""));
      await page.getByRole("button", { name: "Add to cart" }).click();
      await expect(page.getByLabel("Quantity")).toHaveAccessibleDescription(/from 1 to 999/);
      await addToCart(page, product);
      const field = page.getByRole("spinbutton", { name: `Quantity of ${product.name}` });
      await field.fill("1000");
      await page.getByRole("button", { name: `Update the quantity of ${product.name}` }).click();
      await expect(field).toHaveValue("1000");
      await expect(field).toHaveAccessibleDescription(/from 1 to 999/);
      await page.getByRole("button", { name: `Remove ${product.name}` }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your cart is empty");
    });

    test("curl orders with nothing but a cookie jar", async ({ shop }) => {
      const before = await shop.orderCount();
      const product = await shop.product("mumbai");
      const curl = new Curl(shop.url);
      expect((await curl.get(`/p/${product.slug}`)).body).toContain(product.name);
      const added = await curl.post(`/p/${product.slug}`, { variant: product.variants[0].id, quantity: "2" });
      expect([added.status, added.location]).toEqual([303, "/cart"]);
      const form = (await curl.get("/checkout")).body;
      const fields = {
        key: hidden(form, "key"),
        contents: hidden(form, "contents"),
        ...ASHA,
        country: "IN",
        payment_method: "cod",
      };
      const refused = await curl.post("/checkout", { ...fields, phone: "1" });
      expect(refused.status).toBe(422);
      expect(refused.body).toContain("Asha Rao &amp; Söhne");
      const placed = await curl.post("/checkout", fields);
      expect(placed.status).toBe(303);
      expect(placed.location).toMatch(orderUrl);
      const order = await curl.get(placed.location);
      expect(order.body).toContain("Order saved");
      const href = /href="(https:\/\/wa\.me\/[^"]*)"/.exec(order.body)?.[1];
      expect(messageOf(href?.replaceAll("&amp;", "&") ?? null)).toContain(ASHA.name);
      expect((await curl.get("/cart")).body).toContain("Your cart is empty");
      expect(await shop.orderCount()).toBe(before + 1);
    });
  });
}

test("the plain build names no script at all", async ({ shops }) => {
  const shop = await shops("plain");
  const curl = new Curl(shop.url);
  const product = await shop.product("mumbai");
  await curl.post(`/p/${product.slug}`, { variant: product.variants[0].id, quantity: "1" });
  for (const path of ["/", `/p/${product.slug}`, "/cart", "/checkout", "/login"]) {
    const { status, body } = await curl.get(path);
    expect(status).toBe(200);
    expect(body).not.toMatch(/<script|modulepreload|\.wasm/);
  }
});
