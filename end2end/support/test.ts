// The `test` of every browser test: a shop to visit, and a browser that is watched.
import { test as base, expect } from "@playwright/test";
import { type Build, Shop } from "./shop.js";
import { Watch } from "./watch.js";

interface Options {
  /** Which build serves the pages. */
  build: Build;
  /** Whether the test has a shop for itself, because it counts sign-ins or kills it. */
  ownShop: boolean;
}

interface Fixtures {
  shop: Shop;
  watch: Watch;
}

interface WorkerFixtures {
  shops: (build: Build) => Promise<Shop>;
}

export const test = base.extend<Options & Fixtures, WorkerFixtures>({
  build: ["full", { option: true }],
  ownShop: [false, { option: true }],

  shops: [
    async ({}, use) => {
      const open = new Map<Build, Promise<Shop>>();
      await use((build) => {
        const shop = open.get(build) ?? Shop.open(build);
        open.set(build, shop);
        return shop;
      });
      for (const shop of open.values()) await (await shop).close();
    },
    { scope: "worker" },
  ],

  shop: async ({ shops, build, ownShop }, use) => {
    const shop = ownShop ? await Shop.open(build) : await shops(build);
    const before = shop.log.length;
    await use(shop);
    if (ownShop) await shop.close();
    expect(shop.log.slice(before), "the shop has nothing to complain about").not.toMatch(/panicked|ERROR/);
  },

  baseURL: async ({ shop }, use) => use(shop.url),

  watch: async ({ baseURL, javaScriptEnabled }, use) => {
    const watch = new Watch(baseURL ?? "", javaScriptEnabled ?? true);
    await use(watch);
    watch.conclude();
  },

  context: async ({ context, watch }, use) => {
    await watch.over(context);
    await use(context);
  },
});

export { expect };
