#!/usr/bin/env bash
# Gets the pinned build tools: the wasm target by rustup, wasm-bindgen by cargo into .tools,
# wasm-opt and esbuild by npm. Whatever has the right version already is left alone.
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

# The command must be of the very version that the compiled code was made for.
wanted=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)
found=$(.tools/bin/wasm-bindgen --version 2>/dev/null | awk '{ print $2 }') || true
if [ "$found" != "$wanted" ]; then
  # Lightly optimised: it compiles in a third of the time and still runs for a second only.
  # Its own lock file names versions that registries no longer serve, hence no --locked.
  env -u CARGO_TARGET_DIR \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install wasm-bindgen-cli --version "=$wanted" \
    --bin wasm-bindgen --root .tools --force
fi

deploy/build/npm-ci.sh deploy/build
