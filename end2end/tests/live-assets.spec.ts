// Script is loaded where it is used and nowhere else, and no file is loaded twice.
import { addToCart } from "../support/journey.js";
import { Network } from "../support/network.js";
import { expect, test as base } from "../support/test.js";

const HASHED = /^GET \/pkg\/(main|harkara|harkara_bg)\.[0-9a-z_-]{8,}\.(css|js|wasm)$/i;

// Requests are counted behind the browser: looking into its traffic would switch its cache off.
const test = base.extend<{ network: Network }>({
  network: async ({ shop }, use) => {
    const network = await Network.before(shop);
    await use(network);
    await network.close();
  },
  baseURL: async ({ network }, use) => use(network.url),
  context: async ({ browser, watch }, use) => {
    const context = await browser.newContext();
    watch.listen(context);
    await use(context);
    await context.close();
  },
});

const files = (network: Network) => network.seen.filter((seen) => seen.startsWith("GET /pkg/"));

test("pages without islands load no script", async ({ page, shop, network, watch }) => {
  watch.foresee(/GET \/nowhere 404/);
  const product = await shop.product("mumbai");
  await addToCart(page, product);
  for (const path of ["/", `/p/${product.slug}`, "/cart", "/login", "/nowhere"]) {
    await page.goto(path, { waitUntil: "networkidle" });
    expect(await page.evaluate(() => document.scripts.length), path).toBe(0);
  }
  expect(files(network).filter((file) => !file.endsWith(".css"))).toEqual([]);
});

test("script, WebAssembly and style have the hash of their content in their names and are loaded once", async ({ page, shop, network }) => {
  await page.addInitScript(() => {
    window.told = { listensTo: [], asked: [] };
  });
  const product = await shop.product("mumbai");
  await addToCart(page, product);
  const wake = () => page.waitForFunction(() => performance.getEntriesByType("resource").some((file) => file.name.endsWith(".wasm")));
  await page.goto("/checkout", { waitUntil: "networkidle" });
  await wake();
  const first = files(network);
  expect(first.map((file) => file.split(".").at(-1)).sort()).toEqual(["css", "js", "wasm"]);
  for (const file of first) expect(file).toMatch(HASHED);
  await page.goto("/", { waitUntil: "networkidle" });
  await page.goto("/checkout", { waitUntil: "networkidle" });
  await page.reload({ waitUntil: "networkidle" });
  await wake();
  expect(files(network), "nothing was asked for again").toEqual(first);
});

test("files are kept for ever, come compressed, and an old name is not there any more", async ({ page, shop, network }) => {
  await addToCart(page, await shop.product("mumbai"));
  await page.goto("/checkout", { waitUntil: "networkidle" });
  for (const path of files(network).map((seen) => seen.replace("GET ", ""))) {
    const answer = await fetch(shop.url + path, { headers: { "accept-encoding": "br" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("content-encoding"), path).toBe("br");
    const old = await fetch(shop.url + path.replace(/\.[^.]+\./, ".0000000000000000."));
    expect([old.status, old.headers.get("cache-control")]).toEqual([404, "no-store"]);
  }
});

test("pages with prices are asked for anew, and pages with an order are not kept", async ({ shop }) => {
  for (const [path, expected] of [
    ["/", "private, no-cache"],
    ["/cart", "no-store"],
    ["/checkout", "no-store"],
    ["/login", "no-store"],
  ]) {
    expect((await fetch(shop.url + path)).headers.get("cache-control"), path).toBe(expected);
  }
});

