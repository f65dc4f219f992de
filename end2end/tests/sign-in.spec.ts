// Signing in and out, with and without script the same.
import { ASHA, addToCart, fillIn, openCheckout, orderUrl, sendButton } from "../support/journey.js";
import { expect, test } from "../support/test.js";

test.use({ ownShop: true });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with script" : "without script", () => {
    test.use({ javaScriptEnabled });

    test("my orders ask for a login, and lead back after it", async ({ page }) => {
      await page.goto("/account/orders");
      await expect(page).toHaveURL(/\/login\?next=/);
      await page.getByLabel("E-mail").fill(" Admin@Example.com ");
      await page.getByLabel("Password").fill("harkara-demo");
      await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
      await expect(page).toHaveURL("/account/orders");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("My orders");
      await page.getByRole("button", { name: "Log out" }).click();
      await expect(page).toHaveURL("/");
      await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
      await page.goto("/account/orders");
      await expect(page).toHaveURL(/\/login/);
    });

    test("a wrong password is refused in words that tell nobody which half is wrong", async ({ page, watch }) => {
      watch.foresee(/POST \/login 422/);
      const messages: string[] = [];
      for (const email of ["admin@example.com", "nobody@example.com"]) {
        await page.goto("/login?next=/cart");
        await page.getByLabel("E-mail").fill(email);
        await page.getByLabel("Password").fill("guess-guess");
        await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
        await expect(page.getByLabel("E-mail")).toHaveValue(email);
        await expect(page.getByLabel("Password")).toHaveValue("");
        messages.push((await page.locator("#form-errors").innerText()).trim());
      }
      expect(messages[0]).toContain("E-mail or password is wrong.");
      expect(messages[1]).toBe(messages[0]);
      await page.getByLabel("E-mail").fill("admin@example.com");
      await page.getByLabel("Password").fill("harkara-demo");
      await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
      await expect(page, "where it was going survives the mistake").toHaveURL("/cart");
    });

    test("a login never leads to another site", async ({ page, watch }) => {
      for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
        await page.goto(`/login?next=${encodeURIComponent(next)}`);
        await page.getByLabel("E-mail").fill("admin@example.com");
        await page.getByLabel("Password").fill("harkara-demo");
        await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
        await expect(page.getByRole("button", { name: "Log out" })).toBeVisible();
        await page.context().clearCookies();
      }
      expect(watch.left).toEqual([]);
    });
  });
}

test("an order placed while signed in is among my orders", async ({ page, shop, context }) => {
  await page.goto("/login?next=/");
  await page.getByLabel("E-mail").fill("admin@example.com");
  await page.getByLabel("Password").fill("harkara-demo");
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/");
  const session = (await context.cookies()).find((cookie) => cookie.name.endsWith("session"));
  expect([session?.httpOnly, session?.sameSite]).toEqual([true, "Lax"]);

  await addToCart(page, await shop.product("dhaka"));
  await openCheckout(page);
  await fillIn(page, { ...ASHA, phone: "01712345678", pincode: "1207" });
  await sendButton(page).click();
  await page.waitForURL(orderUrl);
  const reference = await page.locator(".reference").innerText();
  await page.goto("/account/orders");
  await expect(page.locator(".reference")).toHaveText(reference);
});
