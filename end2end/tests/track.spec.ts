// Following an order by its number: the right phone shows it, every miss looks the same.
import { pageIsLive } from "../support/desk.js";
import { expect, test } from "../support/test.js";

test.use({ ownShop: true });

test("the order that was found is followed by itself", async ({ page, shop }) => {
  const order = await shop.order("mumbai");
  await page.goto(`/track?reference=${order.order_reference}`);
  await page.getByLabel("Last four digits of the phone").fill("3210");
  await page.getByRole("button", { name: "Show my order" }).click();
  await pageIsLive(page);
  await expect(page.locator(".progress [aria-current]")).toHaveText("Placed");
  await shop.tell("POST", `/api/v1/orders/${order.id}/confirm/`, {});
  await expect(page.locator(".progress [aria-current]")).toHaveText("Confirmed");
  await expect(page, "without leaving the page").toHaveURL("/track");
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with script" : "without script", () => {
    test.use({ javaScriptEnabled });

    test("number and phone lead to the order's state and to nothing personal", async ({ page, shop }) => {
      const order = await shop.order("mumbai");
      await page.goto("/");
      await page.getByRole("contentinfo").getByRole("link", { name: "Track an order" }).click();
      await page.getByLabel("Order number").fill(` ${order.order_reference.toLowerCase()} `);
      await page.getByLabel("Last four digits of the phone").fill("3210");
      await page.getByRole("button", { name: "Show my order" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toContainText(order.order_reference);
      await expect(page.locator(".progress [aria-current]")).toHaveText("Placed");
      await expect(page.getByText("Pune")).toBeVisible();
      const text = await page.locator("body").innerText();
      for (const personal of ["Asha", "Park Road", "98765", "3210", "411001", "call before"]) expect(text).not.toContain(personal);
    });

    test("every miss gets the same answer", async ({ page, shop, watch }) => {
      watch.foresee(/POST \/track 404/);
      const order = await shop.order("mumbai");
      const said: string[] = [];
      for (const [reference, last4] of [
        [order.order_reference, "0000"],
        [order.order_reference, ""],
        ["LEG-1AB2CD-EFGH23", "3210"],
        ["", "3210"],
      ]) {
        await page.goto("/track");
        await page.getByLabel("Order number").fill(reference);
        await page.getByLabel("Last four digits of the phone").fill(last4);
        await page.getByRole("button", { name: "Show my order" }).click();
        await expect(page.getByLabel("Order number")).toHaveValue(reference);
        said.push(await page.locator("#form-errors").innerText());
      }
      expect(new Set(said).size, said.join("\n")).toBe(1);
    });
  });
}
