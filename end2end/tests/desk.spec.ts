// The merchant's half: an order from WhatsApp to the door, with and without script the same.
import type { Page } from "@playwright/test";
import { changeStatus, pageIsLive, openDesk, Pusher, rowOf, signInToDesk, soon, unfold } from "../support/desk.js";
import { ASHA, addToCart, fillIn, messageOf, openCheckout, orderUrl, sendButton } from "../support/journey.js";
import { expect, test } from "../support/test.js";

test.use({ ownShop: true });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with script" : "without script", () => {
    test.use({ javaScriptEnabled });

    test("an order goes from WhatsApp to the customer's door", async ({ page, shop }) => {
      // The customer orders and sends the message.
      await addToCart(page, await shop.product("dhaka"));
      await openCheckout(page, { script: javaScriptEnabled });
      await fillIn(page, { ...ASHA, phone: "01712345678", pincode: "1207" });
      await page.getByLabel("Country").selectOption("Bangladesh");
      await sendButton(page).click();
      await page.waitForURL(orderUrl);
      const customersPage = page.url();
      const link = page.getByRole("main").getByRole("link", { name: "Send Order via WhatsApp" });
      const message = messageOf(await link.getAttribute("href"));
      const reference = await page.locator(".reference").first().innerText();
      expect(message).toContain(reference);

      // The merchant signs in and confirms.
      await signInToDesk(page);
      const pusher = await Pusher.add(page, "Packzy of the test");
      await page.goto("/admin/orders?status=pending");
      const row = page.locator(`#order-${reference}`);
      await row.locator("> summary").click();
      await expect(row.getByRole("link", { name: "Contact on WhatsApp" })).toHaveAttribute("href", /^https:\/\/wa\.me\/8801712345678\?text=.*LEG-/);
      await row.getByRole("button", { name: "Confirm Order & Reduce Stock" }).click();
      await expect(page.getByRole("status").getByText(`${reference}: confirmed`)).toBeVisible();
      await expect(row, "it is not pending any more").toHaveCount(0);

      // The parcel was booked in Packzy's panel.
      await page.goto(`/admin/orders/${reference}`);
      await page.getByText("Booked elsewhere? Add its AWB").click();
      const attach = page.locator("#attach");
      await attach.getByLabel("Courier").selectOption({ label: "Packzy of the test" });
      await attach.getByLabel("AWB or consignment number").fill("184402211");
      await attach.getByRole("button", { name: "Add shipment" }).click();
      const parcel = page.locator("section.panel").filter({ has: page.getByRole("heading", { name: "Packzy of the test" }) });
      await expect(parcel.getByText("184402211")).toBeVisible();
      await parcel.getByRole("button", { name: "Handed over" }).click();
      await expect(page.getByText("Handed over to the courier.")).toBeVisible();
      await expect(page.locator("#desk").getByText("Shipped").first()).toBeVisible();

      // Packzy tells how it goes on.
      await pusher.says("184402211", reference, "", "Reached the hub in Mirpur", soon(1));
      await pusher.says("184402211", reference, "delivered", "Handed to the customer", soon(2));
      await expect(async () => {
        await page.goto(customersPage);
        await expect(page.locator(".progress [aria-current]")).toHaveText("Delivered", { timeout: 1_000 });
      }).toPass();
      const line = page.locator(".timeline");
      for (const words of ["Delivered", "Reached the hub in Mirpur", "Confirmed", "Order placed"]) {
        await expect(line.getByText(words).first()).toBeVisible();
      }
      await expect(line.locator("time").first()).toHaveText(/^\d{1,2} \w{3} \d{4}, \d{2}:\d{2} [AP]M$/);
      await expect(page.getByText("184402211").first()).toBeVisible();
      await expect(page.getByText("Park Road"), "the city is all that is told of the address").toHaveCount(0);

      // The desk has seen the pushes.
      await page.goto("/admin/webhooks");
      await expect(page.locator(".push").filter({ hasText: "184402211" })).toHaveCount(2);
      await expect(page.locator(".push").getByText("Applied")).toHaveCount(2);
    });

    test("a code nobody knows is explained, and the parcel that has it goes on", async ({ page, shop }) => {
      const order = await shop.order("dhaka", { quantity: 1 });
      await shop.tell("POST", `/api/v1/orders/${order.id}/confirm/`, {});
      await openDesk(page, shop);
      const pusher = await Pusher.add(page, "Packzy with new words");
      await page.goto(`/admin/orders/${order.order_reference}`);
      await page.getByText("Booked elsewhere? Add its AWB").click();
      await page.locator("#attach").getByLabel("Courier").selectOption({ label: "Packzy with new words" });
      await page.locator("#attach").getByLabel("AWB or consignment number").fill("184402299");
      await page.getByRole("button", { name: "Add shipment" }).click();
      await expect(page.getByText("184402299").first()).toBeVisible();
      await pusher.says("184402299", order.order_reference, "on_the_last_mile", "A new word", soon(1));
      await expect(async () => {
        await page.goto(`/admin/orders/${order.order_reference}`);
        await expect(page.getByRole("link", { name: "Say what the code means" })).toBeVisible({ timeout: 1_000 });
      }).toPass();
      await page.getByRole("link", { name: "Say what the code means" }).click();
      const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "on_the_last_mile" }) });
      await card.getByLabel("What does it mean?").selectOption("Out for delivery");
      await card.getByRole("button", { name: /^See what would change/ }).click();
      await expect(page.getByText("One event is read differently, of one parcel; one changes its state. One order is brought forward.")).toBeVisible();
      await page.getByRole("button", { name: "Save this meaning" }).click();
      await expect(page.getByRole("status")).toContainText("Parcels that changed their state: 1.");
      await expect(card).toHaveCount(0);
      await page.goto(`/admin/orders/${order.order_reference}`);
      await expect(page.locator("#desk").getByText("Out for delivery").first()).toBeVisible();
      await expect(page.getByRole("link", { name: "Say what the code means" })).toHaveCount(0);
    });

    test("what there is not enough of is not confirmed, and the page says how much is left", async ({ page, shop, watch }) => {
      watch.foresee(/POST \/admin\/orders 409/);
      const product = await shop.product("mumbai");
      const variant = product.variants.at(-1);
      const order = await shop.order("mumbai", { quantity: 4 });
      await shop.tell("PATCH", `/api/v1/products/${product.slug}/variants/${variant?.id}/`, { stock_quantity: 3 });
      await openDesk(page, shop);
      const row = await unfold(page, order);
      await row.getByRole("button", { name: "Confirm Order & Reduce Stock" }).click();
      await expect(row.getByRole("status")).toContainText("Insufficient stock. Available: 3");
      await expect(row.getByRole("status")).toContainText(product.name);
      await expect(row.locator("> summary").getByText("Pending")).toBeVisible();
    });

    test("the status menu offers what is allowed and nothing else", async ({ page, shop }) => {
      const order = await shop.order("mumbai");
      await openDesk(page, shop);
      const row = await unfold(page, order);
      const choices = () => row.getByLabel("Change status").locator("option").allInnerTexts();
      expect(await choices()).toEqual(["Choose…", "Confirmed", "Cancelled"]);
      await changeStatus(row, "Confirmed");
      await expect(row.locator("> summary").getByText("Confirmed")).toBeVisible();
      expect(await choices()).toEqual(["Choose…", "Processing", "Shipped", "Cancelled"]);
      await changeStatus(row, "Cancelled");
      await expect(row.locator("> summary").getByText("Cancelled")).toBeVisible();
      await expect(row.getByText("This state is final.")).toBeVisible();
    });

    test("orders are found by number, name, phone and AWB, and counted by state", async ({ page, shop }) => {
      const asha = await shop.order("mumbai");
      const rahim = await shop.order("dhaka", { name: "Rahim Uddin" });
      await openDesk(page, shop);
      await page.getByRole("searchbox").fill("rahim");
      await page.getByRole("searchbox").press("Enter");
      await expect(rowOf(page, rahim)).toBeVisible();
      await expect(rowOf(page, asha)).toHaveCount(0);
      for (const typed of [asha.order_reference, "98765 43210"]) {
        await page.getByRole("searchbox").fill(typed);
        await page.getByRole("searchbox").press("Enter");
        await expect(rowOf(page, asha)).toBeVisible();
        await expect(rowOf(page, rahim)).toHaveCount(0);
      }
      await page.goto("/admin/orders");
      const tabs = page.getByRole("navigation", { name: "Show" });
      await expect(tabs.getByRole("link", { name: "All 2" })).toBeVisible();
      await tabs.getByRole("link", { name: "Delivered 0" }).click();
      await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
    });
  });
}

test("a tab that is open shows new orders, changes, and leaves alone what one is doing", async ({ page, context, shop }) => {
  const first = await shop.order("mumbai");
  await openDesk(page, shop);
  await pageIsLive(page);
  const row = await unfold(page, first);
  await row.getByLabel("Change status").focus();

  const second = await shop.order("dhaka", { name: "Rahim Uddin" });
  await expect(rowOf(page, second)).toBeVisible();
  await expect(row, "what was unfolded stays so").toHaveAttribute("open", /.*/);
  await expect(row.getByLabel("Change status"), "and so does the focus").toBeFocused();

  const other = await context.newPage();
  await other.goto("/admin/orders");
  const there = await unfold(other, second);
  await there.getByRole("button", { name: "Confirm Order & Reduce Stock" }).click();
  await expect(rowOf(page, second).locator("> summary").getByText("Confirmed")).toBeVisible();

  // A choice that has not been sent is not taken away by news.
  await row.getByLabel("Change status").selectOption({ label: "Cancelled" });
  await shop.tell("POST", `/api/v1/orders/${first.id}/confirm/`, {});
  await page.waitForTimeout(1_500);
  await expect(row.getByLabel("Change status")).toHaveValue("cancel");
  await page.getByRole("searchbox").focus();
  await expect(row.locator("> summary").getByText("Confirmed"), "it comes as soon as the field is left").toBeVisible();
});

test("a button that is gone leaves the focus where it does no harm, and news still come", async ({ page, shop }) => {
  const order = await shop.order("mumbai");
  await openDesk(page, shop);
  await pageIsLive(page);
  const row = await unfold(page, order);
  await row.getByRole("button", { name: "Confirm Order & Reduce Stock" }).press("Enter");
  await expect(row.locator("> summary").getByText("Confirmed")).toBeVisible();
  await expect(row.locator("> summary")).toBeFocused();
  expect(page.url(), "the address says what was done").toContain("done=confirm");
  await shop.tell("POST", `/api/v1/orders/${order.id}/cancel/`, {});
  await expect(row.locator("> summary").getByText("Cancelled")).toBeVisible();
  await expect(row.getByRole("status"), "what was said stays until something else is").toContainText("confirmed");
});

test("a button says that its form is on its way, and sends it once", async ({ page, shop, watch }) => {
  const order = await shop.order("mumbai");
  await openDesk(page, shop);
  await pageIsLive(page);
  const row = await unfold(page, order);
  let go = () => {};
  const gate = new Promise<void>((open) => (go = open));
  await page.route("**/admin/orders", async (route) => {
    if (route.request().method() === "POST") await gate;
    await route.continue();
  });
  await row.getByRole("button", { name: "Confirm Order & Reduce Stock" }).click();
  const busy = row.getByRole("button", { name: "Confirming…" });
  await expect(busy).toHaveAttribute("aria-busy", "true");
  await busy.click();
  go();
  await expect(row.locator("> summary").getByText("Confirmed")).toBeVisible();
  expect(watch.count("POST /admin/orders")).toBe(1);
});

test("when something breaks on our side, the page says so and the button does not wait for ever", async ({ page, shop, watch }) => {
  watch.foresee(/POST \/admin\/orders 500/);
  const order = await shop.order("mumbai");
  await openDesk(page, shop);
  await pageIsLive(page);
  const row = await unfold(page, order);
  await page.route("**/admin/orders", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ status: 500, contentType: "text/html", body: '<main id="main"><h1>Something broke on our side</h1></main>' })
      : route.continue(),
  );
  await row.getByRole("button", { name: "Confirm Order & Reduce Stock" }).click();
  await expect(page.getByRole("heading", { name: "Something broke on our side" })).toBeVisible();
  await expect(row).toHaveCount(0);
});

test("older orders are a page further", async ({ page, shop }) => {
  const first = await shop.order("mumbai", { name: "The very first" });
  for (let count = 0; count < 25; count += 1) await shop.order("dhaka");
  await openDesk(page, shop);
  await expect(rowOf(page, first)).toHaveCount(0);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(rowOf(page, first)).toBeVisible();
  await expect(page.locator(".desk-row")).toHaveCount(1);
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(page.locator(".desk-row")).toHaveCount(25);
});

test("a seller sees and changes the own store's orders only", async ({ page, context, shop }) => {
  const own = await shop.order("mumbai");
  const other = await shop.order("dhaka");
  await context.clearCookies();
  await page.goto("/admin/login");
  await page.getByLabel("E-mail").fill("seller.mumbai@example.com");
  await page.getByLabel("Password").fill("harkara-demo");
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/admin/orders");
  await expect(rowOf(page, own)).toBeVisible();
  await expect(rowOf(page, other)).toHaveCount(0);
  await expect(page.getByRole("navigation", { name: "Desk" }).getByRole("link")).toHaveText(["Orders", "Handover"]);
});

test("the couriers are asked about everything, and the page shows how far it is", async ({ page, shop }) => {
  await openDesk(page, shop);
  await page.getByRole("button", { name: "Check Delivery Status" }).click();
  await expect(page.getByText(/Finished\. Checked \d+, updated \d+, failed \d+\./)).toBeVisible();
  await page.reload();
  await expect(page.getByText(/Finished\./)).toBeVisible();
});

test("a parcel that is booked moves while one watches", async ({ page, shop }) => {
  const order = await shop.order("dhaka");
  await shop.tell("POST", `/api/v1/orders/${order.id}/confirm/`, {});
  await openDesk(page, shop, `/admin/orders/${order.order_reference}`);
  await pageIsLive(page);
  await page.getByRole("button", { name: "Create shipment" }).click();
  const parcel = page.locator("section.panel").filter({ has: page.getByRole("heading", { name: "Packzy (Steadfast)" }) });
  await expect(parcel.locator(".reference").first()).toHaveText(/^\d+$/);
  await expect(parcel.getByText(/^\d+ events?$/)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("Create shipment"), "it is not booked a second time").toHaveCount(0);
});

test("the customer's page follows by itself", async ({ page, shop }) => {
  const order = await shop.order("mumbai");
  await page.goto(`/o/${order.token}`);
  await pageIsLive(page);
  await expect(page.locator(".progress [aria-current]")).toHaveText("Placed");
  await shop.tell("POST", `/api/v1/orders/${order.id}/confirm/`, {});
  await expect(page.locator(".progress [aria-current]")).toHaveText("Confirmed");
});

test("eight open tabs of the desk do not hold up a ninth page", async ({ context, shop, page }) => {
  await openDesk(page, shop);
  const tabs = [page];
  while (tabs.length < 8) {
    const behind = tabs.at(-1);
    if (behind) await putBehind(behind, true);
    const tab = await context.newPage();
    await tab.goto("/admin/orders");
    await pageIsLive(tab);
    tabs.push(tab);
  }
  await putBehind(tabs[7], true);
  const ninth = await context.newPage();
  const started = Date.now();
  await ninth.goto("/admin/orders", { waitUntil: "load" });
  expect(Date.now() - started, "milliseconds").toBeLessThan(1_000);
  await ninth.close();

  // A tab that comes to the front again catches up.
  const order = await shop.order("mumbai");
  await expect(rowOf(page, order)).toHaveCount(0);
  await putBehind(page, false);
  await expect(rowOf(page, order)).toBeVisible();
});

/** Chromium without a window shows every tab at once, so the test says which ones are behind others. */
async function putBehind(tab: Page, isBehind: boolean): Promise<void> {
  await tab.evaluate((isBehind) => {
    Object.defineProperty(document, "hidden", { value: isBehind, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isBehind);
}
