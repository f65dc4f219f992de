// Makes the site folder that build.rs embeds: the WebAssembly with its script, the style
// sheet, and public/, hashed and compressed.
//
//   node deploy/build/assets.mjs WASM SITE
//
// Does nothing when nothing changed, and fails when a page's script outgrows its budget.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";
import { build } from "esbuild";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, "../..");

const BINDGEN = path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"), "bindgen/release/bindgen");

/// Shoppers use cheap phones on slow networks: WebAssembly and script of a shop page.
const SHOP_BROTLI_BYTES_MAX = 110_000;

/// Phones in use for years; nested rules are rewritten for them.
const CSS_BROWSERS = ["chrome109", "firefox115", "safari16"];

/// As small as can be when compressed: inlining once more makes the plain file smaller and the
/// compressed one 5 % bigger (measured). The features are what rustc's WebAssembly uses;
/// wasm-opt has to be told, since their names are lost on the way.
const WASM_OPT = [
  "-Oz",
  "--skip-pass=inlining-optimizing",
  "--enable-bulk-memory",
  "--enable-nontrapping-float-to-int",
  "--enable-sign-ext",
  "--enable-mutable-globals",
  "--enable-reference-types",
  "--enable-multivalue",
];

/// Already compressed by their own format.
const PACKED = [".png", ".webp", ".ico", ".woff2"];

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${path.basename(command)} failed: ${error ?? status}`);
}

/// Runs wasm-bindgen, which tools.sh has compiled; answers where the script and the WebAssembly are.
export function bind(wasm, folder) {
  run(BINDGEN, [wasm, folder]);
  return { js: path.join(folder, "harkara.js"), wasm: path.join(folder, "harkara_bg.wasm") };
}

/// `url(/favicon.svg)` in a style sheet is for the browser to fetch, not for us to bundle.
const keepAbsoluteUrls = {
  name: "keep-absolute-urls",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\// }, ({ path, kind }) =>
      kind === "url-token" ? { path, external: true } : undefined),
};

/// Bundles the style sheet, or the script with the snippets it imports. A warning is an
/// error: esbuild only warns about broken CSS.
export async function bundle(entry, { minify }) {
  const css = entry.endsWith(".css");
  const { outputFiles, warnings } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify,
    format: css ? undefined : "esm",
    target: css ? CSS_BROWSERS : "es2022",
    plugins: [keepAbsoluteUrls],
    legalComments: "none",
    logLevel: "warning",
  });
  if (warnings.length > 0) throw new Error(`${entry}: see the warnings above`);
  return Buffer.from(outputFiles[0].contents);
}

export function filesIn(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function hash(...parts) {
  const sha = createHash("sha256");
  for (const part of parts) sha.update(part).update("\0");
  return sha.digest("hex").slice(0, 16);
}

/// The bytes and their two compressed forms, where those are smaller.
function packed(name, raw) {
  const file = { name, raw };
  if (PACKED.includes(path.extname(name))) return file;
  const br = zlib.brotliCompressSync(raw, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
      [zlib.constants.BROTLI_PARAM_LGWIN]: 22,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  const gz = zlib.gzipSync(raw, { level: 9 });
  if (br.length < raw.length) file.br = br;
  if (gz.length < raw.length) file.gz = gz;
  return file;
}

function hashed(stem, extension, raw) {
  return packed(`pkg/${stem}.${hash(raw)}${extension}`, raw);
}

/// Builds every file of the site in memory.
async function make(wasm, work) {
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(work, { recursive: true });
  const css = await bundle(path.join(ROOT, "style/main.css"), { minify: true });
  const bound = bind(wasm, work);
  const small = path.join(work, "small.wasm");
  run(path.join(HERE, "node_modules/.bin/wasm-opt"), [...WASM_OPT, bound.wasm, "-o", small]);
  const files = [
    hashed("harkara_bg", ".wasm", fs.readFileSync(small)),
    hashed("harkara", ".js", await bundle(bound.js, { minify: true })),
    hashed("main", ".css", css),
  ];
  const open = path.join(ROOT, "public");
  for (const source of filesIn(open)) {
    files.push(packed(`public/${path.relative(open, source)}`, fs.readFileSync(source)));
  }
  fs.rmSync(work, { recursive: true, force: true });
  return files;
}

/// Writes what changed and removes what no longer belongs. The manifest comes last: build.rs
/// looks at its time.
function write(site, files) {
  const wanted = new Set();
  const put = (name, bytes) => {
    const target = path.join(site, name);
    wanted.add(target);
    if (fs.existsSync(target) && fs.readFileSync(target).equals(bytes)) return;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, bytes);
  };
  for (const { name, raw, br, gz } of files) {
    put(name, raw);
    if (br) put(`${name}.br`, br);
    if (gz) put(`${name}.gz`, gz);
  }
  const manifest = files.map(({ name, raw, br, gz }) => ({
    name,
    hash: hash(raw),
    bytes: raw.length,
    br: br?.length,
    gz: gz?.length,
  }));
  const text = JSON.stringify({ files: manifest }, null, 2) + "\n";
  put("manifest.json", Buffer.from(text));
  for (const file of filesIn(site)) if (!wanted.has(file)) fs.rmSync(file);
}

/// Prints the sizes; answers whether the shop's script is within its budget.
function report(site) {
  const { files } = JSON.parse(fs.readFileSync(path.join(site, "manifest.json"), "utf8"));
  const row = (name, bytes, br) =>
    console.log(`  ${name.padEnd(36)} ${String(bytes).padStart(9)} ${String(br).padStart(9)}`);
  row("site", "bytes", "brotli");
  let shop = { bytes: 0, br: 0 };
  for (const { name, bytes, br } of files) {
    row(name, bytes, br ?? "-");
    if (/\.(js|wasm)$/.test(name)) shop = { bytes: shop.bytes + bytes, br: shop.br + (br ?? bytes) };
  }
  row("a shop page's wasm + js", shop.bytes, shop.br);
  if (shop.br <= SHOP_BROTLI_BYTES_MAX) return true;
  console.error(`wasm + js is above its budget of ${SHOP_BROTLI_BYTES_MAX} bytes (brotli)`);
  return false;
}

/// Names everything the site is made from, so that an unchanged site is not made again.
function fingerprint(wasm) {
  const sources = [
    wasm,
    fileURLToPath(import.meta.url),
    path.join(HERE, "package-lock.json"),
    path.join(ROOT, "Cargo.lock"),
    ...filesIn(path.join(ROOT, "style")),
    ...filesIn(path.join(ROOT, "public")),
  ];
  return hash(...sources.flatMap((source) => [source, fs.readFileSync(source)]));
}

async function main([wasm, site]) {
  const stamp = `${site}.stamp`;
  const current = fingerprint(wasm);
  const made = fs.existsSync(stamp) && fs.existsSync(path.join(site, "manifest.json"));
  if (!made || fs.readFileSync(stamp, "utf8") !== current) {
    fs.rmSync(stamp, { force: true });
    write(site, await make(path.resolve(wasm), path.resolve(`${site}.work`)));
    fs.writeFileSync(stamp, current);
  }
  if (!report(site)) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
