// How the browser tests run: Debian's Chromium, three kinds of visitor, two at a time.
//
// Each worker starts its own shop on a free port, from the program named by HARKARA_BIN, or by
// HARKARA_BIN_PLAIN (built without script and WebAssembly) where a test asks for that build.
import { defineConfig } from "@playwright/test";

const ANDROID_CHROME =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  reporter: [["list"]],
  workers: 2,
  retries: 0,
  // A machine that does other things beside is slow, not wrong.
  timeout: 150_000,
  expect: { timeout: 30_000 },
  // A forgotten test.only would quietly skip all the others.
  forbidOnly: process.env.HARKARA_FOCUS === undefined,
  use: {
    browserName: "chromium",
    screenshot: "only-on-failure",
    // A trace films every test for the sake of those that fail, at the price of a browser as busy as two.
    trace: process.env.HARKARA_TRACE ? "retain-on-failure" : "off",
    launchOptions: {
      executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
  projects: [
    {
      name: "phone",
      testMatch: /(place-order|unreachable|dropped-answer|accessibility)\.spec/,
      use: {
        viewport: { width: 360, height: 740 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
        userAgent: ANDROID_CHROME,
      },
    },
    {
      name: "desktop",
      testMatch: /(place-order|ordered-already|keyboard|sign-in|live-assets|desk|track)\.spec/,
      use: { viewport: { width: 1280, height: 800 } },
    },
    {
      name: "no-script",
      testMatch: /works-without-javascript\.spec/,
      use: { viewport: { width: 360, height: 740 }, javaScriptEnabled: false },
    },
  ],
});
