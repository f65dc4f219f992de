// `make dev`: watches the sources, rebuilds what changed, restarts the demo shop.
//
// A new style sheet needs no compiler, only a restart, which makes open pages reload (they
// watch the server's boot id). A build that fails leaves the old server running.
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { bind, bundle, filesIn } from "./assets.mjs";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
// Apart from the other builds: different flags, and nobody waits for the other's lock.
const TARGET = path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"), "dev");
const SITE = path.join(TARGET, "site");
const PKG = path.join(SITE, "pkg");
const WASM = path.join(TARGET, "wasm32-unknown-unknown/debug/harkara.wasm");

const WATCHED = ["src", "style", "migrations", "public", "Cargo.toml", "Cargo.lock", "build.rs"];
/// We look at file times instead of asking the kernel: a few hundred files cost nothing, and
/// no limit on watches can be reached.
const LOOK_MS = 250;
/// An editor that saves several files should cause one build.
const QUIET_MS = 150;
/// Open event streams hold a polite shutdown back.
const STOP_MS = 1_500;

const environment = {
  ...process.env,
  CARGO_TARGET_DIR: TARGET,
  // Views without their long types compile in half the time.
  RUSTFLAGS: "--cfg erase_components",
  HARKARA_DEV: "1",
  // Where a debug build finds /pkg; cargo-leptos tells its server the same way.
  LEPTOS_SITE_ROOT: SITE,
  LEPTOS_SITE_PKG_DIR: "pkg",
};
delete environment.HARKARA_SITE;

let server;

function say(text) {
  console.log(`\x1b[36m[dev]\x1b[0m ${text}`);
}

function cargo(...args) {
  return new Promise((resolve) => {
    const child = spawn("cargo", args, { cwd: ROOT, env: environment, stdio: "inherit" });
    child.on("error", () => resolve(false));
    child.on("exit", (status) => resolve(status === 0));
  });
}

async function style() {
  const css = await bundle(path.join(ROOT, "style/main.css"), { minify: false });
  fs.writeFileSync(path.join(PKG, "harkara.css"), css);
}

async function browserHalf() {
  const args = ["--target", "wasm32-unknown-unknown", "--no-default-features"];
  if (!(await cargo("build", "--lib", ...args, "--features", "hydrate"))) return false;
  const made = path.join(PKG, "harkara.wasm");
  // Only islands and what they use change it; server code does not.
  if (fs.existsSync(made) && fs.statSync(made).mtimeMs >= fs.statSync(WASM).mtimeMs) return true;
  const bound = bind(WASM, path.join(TARGET, "bound"));
  fs.writeFileSync(path.join(PKG, "harkara.js"), await bundle(bound.js, { minify: false }));
  fs.copyFileSync(bound.wasm, made);
  return true;
}

async function stop() {
  const old = server;
  server = undefined;
  if (old === undefined || old.exitCode !== null || old.signalCode !== null) return;
  const gone = new Promise((resolve) => old.once("exit", resolve));
  old.kill("SIGTERM");
  const timer = setTimeout(() => old.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(timer);
}

async function restart() {
  await stop();
  const program = path.join(TARGET, "debug/harkara");
  const started = spawn(program, ["serve", "--demo"], { cwd: ROOT, env: environment, stdio: "inherit" });
  started.on("exit", (status) => {
    if (server === started) say(`the server ended (${status}); waiting for a change`);
  });
  started.on("error", (error) => say(error.message));
  server = started;
}

/// Rebuilds what the changed files ask for; true when the server should start anew.
async function rebuild(changed) {
  try {
    if (changed.some((file) => file.startsWith("style/"))) await style();
    if (changed.every((file) => file.startsWith("style/"))) return true;
    return (await browserHalf()) && (await cargo("build", "--bin", "harkara"));
  } catch (error) {
    say(error.message);
    return false;
  }
}

/// Every watched file with its time.
function look() {
  const times = new Map();
  for (const name of WATCHED) {
    const start = path.join(ROOT, name);
    const files = fs.statSync(start, { throwIfNoEntry: false })?.isFile() ? [start] : filesIn(start);
    for (const file of files) {
      const time = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
      if (time !== undefined) times.set(path.relative(ROOT, file), time);
    }
  }
  return times;
}

function differences(before, now) {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => before.get(name) !== now.get(name));
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function watch() {
  let seen = look();
  fs.mkdirSync(PKG, { recursive: true });
  let changed = ["style/main.css", "src/lib.rs"]; // The first round builds everything.
  while (true) {
    const began = Date.now();
    say(changed.length > 3 ? `${changed.length} files changed` : changed.join(", "));
    const good = await rebuild(changed);
    if (good) await restart();
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    say(good ? `ready after ${seconds} s` : "that failed; the old server stays");
    const failed = good ? [] : changed;
    const now = await nextChange(seen);
    // What did not build is still to be built, whatever changes next.
    changed = [...new Set([...differences(seen, now), ...failed])];
    seen = now;
  }
}

/// Waits until something differs from `seen` and has come to rest.
async function nextChange(seen) {
  let now = look();
  while (differences(seen, now).length === 0) {
    await sleep(LOOK_MS);
    now = look();
  }
  while (true) {
    await sleep(QUIET_MS);
    const later = look();
    if (differences(now, later).length === 0) return later;
    now = later;
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, async () => {
    await stop();
    process.exit(0);
  });
}

await watch();
