#!/usr/bin/env bash
# The benchmarks, then what a page costs to download. HARKARA_BENCH=smoke: a short run on the
# build that the tests use, to see that it works and that budgets hold.
set -euo pipefail
cd "$(dirname "$0")/../.."

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
profile=release
[ "${HARKARA_BENCH:-}" = smoke ] && profile=ci

deploy/build/wasm.sh >/dev/null
HARKARA_SITE=$CARGO_TARGET_DIR/site cargo bench --profile "$profile" --bench harkara
echo
deploy/build/wasm.sh 2>/dev/null
