#!/usr/bin/env bash
# Gets the pinned build tools: the wasm target by rustup, wasm-bindgen by cargo into the target
# folder, wasm-opt and esbuild by npm. Whatever has the right version already is left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."

need() {
  command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; exit 1; }
}
need cargo "install Rust from https://rustup.rs"
need node "install Node.js 20 or newer"
need npm "install npm 10 or newer"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || {
  echo "Node.js $(node --version) is too old: 20 or newer is needed" >&2
  exit 1
}
deploy/build/packages.sh cc=gcc,libc6-dev

if command -v rustup >/dev/null; then
  rustup target list --installed | grep -qx wasm32-unknown-unknown ||
    rustup target add wasm32-unknown-unknown
  cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
  cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
fi

version() { awk -v name="name = \"$2\"" '$0 == name { getline; gsub(/[^0-9.]/, ""); print; exit }' "$1"; }
# It must be of the very version that the compiled code was made for.
[ "$(version Cargo.lock wasm-bindgen)" = "$(version deploy/build/bindgen/Cargo.lock wasm-bindgen-cli-support)" ] || {
  echo "deploy/build/bindgen needs the version of wasm-bindgen in Cargo.lock" >&2
  exit 1
}
cargo build --release --locked --quiet --manifest-path deploy/build/bindgen/Cargo.toml \
  --target-dir "${CARGO_TARGET_DIR:-target}/bindgen"

deploy/build/npm-ci.sh deploy/build
