// `make screens`: a picture of every page and state at three widths, for people to look at.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.js";

export default defineConfig({
  ...tests,
  testDir: "screens",
  projects: [
    { name: "360", use: tests.projects?.[0].use },
    { name: "768", use: { viewport: { width: 768, height: 1024 }, deviceScaleFactor: 1.5 } },
    { name: "1280", use: { viewport: { width: 1280, height: 800 } } },
  ],
});
