#!/usr/bin/env bash
# Compiles the browser's half and makes the site folder from it. Incremental all the way.
set -euo pipefail
cd "$(dirname "$0")/../.."

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
# The tests' build goes through clippy, which leaves code less optimised.
unset RUSTC_WORKSPACE_WRAPPER
# Only as a cdylib: beside an rlib, link-time optimisation would keep everything that is public.
cargo rustc --lib --crate-type cdylib --profile wasm-release --target wasm32-unknown-unknown \
  --no-default-features --features hydrate
node deploy/build/assets.mjs \
  "$CARGO_TARGET_DIR/wasm32-unknown-unknown/wasm-release/harkara.wasm" "$CARGO_TARGET_DIR/site"
