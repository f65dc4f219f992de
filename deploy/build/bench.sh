#!/usr/bin/env bash
# The benchmarks: one table of every figure with its limit, and failure where one is missed.
# HARKARA_BENCH=smoke: a short run on the build that the tests use, to see that it works and that
# budgets hold. The shops with many orders are kept below the target folder for the next run.
set -euo pipefail
cd "$(dirname "$0")/../.."

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
profile=release
if [ "${HARKARA_BENCH:-}" = smoke ]; then
  profile=ci
elif [ -z "${TEST_DATABASE_URL:-}" ]; then
  trap 'deploy/build/postgres.sh pause bench' EXIT
  TEST_DATABASE_URL=$(deploy/build/postgres.sh start bench)
  export TEST_DATABASE_URL
fi

deploy/build/wasm.sh >/dev/null
HARKARA_SITE=$CARGO_TARGET_DIR/site cargo bench --profile "$profile" --bench harkara
