#!/usr/bin/env bash
# Everything `make test` checks, stage by stage. A stage that fails, or cannot run, fails the
# whole; the others still run, so that one look shows all that is wrong.
#
#   test.sh [STAGE...]     only these stages, on what earlier runs have built
#
# Order and flags are chosen so that dependencies are compiled once: everything for the
# server shares the profile `ci`, and every build of it includes a test or a bench, because
# those switch on features of dependencies that a lone `cargo build` would not. Clippy looks
# on while it is compiled; as a stage of its own it has to be asked for.
set -uo pipefail
cd "$(dirname "$0")/../.."

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
SITE=$CARGO_TARGET_DIR/site
E2E=$CARGO_TARGET_DIR/e2e
LOGS=$CARGO_TARGET_DIR/logs
PLAIN=$E2E/harkara-plain
FULL=$E2E/harkara
export CARGO_TERM_PROGRESS_WHEN=never
# What `cargo clippy -- -D warnings` sets, for a build that leaves something to run.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver
export CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
# Set for the two stages that want it; an empty value would count as another build.
unset HARKARA_SITE

# How much of a failed stage is shown once more at the end.
LINES_SHOWN=30
mkdir -p "$LOGS"

declare -A outcome minutes
order=()
only=("$@")

# stage NAME "NEEDED STAGES" — its work is the function NAME.
stage() {
  local name=$1 need started seconds
  [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $name "* ]] || return 0
  order+=("$name")
  minutes[$name]=0.0
  for need in $2; do
    if [ "${outcome[$need]:-ok}" != ok ]; then
      outcome[$name]="not run: needs $need"
      echo "== $name: ${outcome[$name]}"
      return 0
    fi
  done
  echo "== $name"
  started=$(date +%s)
  (set -e; "$name") </dev/null 2>&1 | tee "$LOGS/$name.log"
  [ "${PIPESTATUS[0]}" -eq 0 ] && outcome[$name]=ok || outcome[$name]=FAILED
  seconds=$(($(date +%s) - started))
  minutes[$name]=$((seconds / 60)).$((seconds % 60 / 6))
  echo "== $name: ${outcome[$name]}, ${minutes[$name]} min"
}

summary() {
  local name failed=0
  for name in "${order[@]}"; do
    [ "${outcome[$name]}" = FAILED ] || continue
    echo "== $name ended with"
    tail -n "$LINES_SHOWN" "$LOGS/$name.log"
  done
  echo
  echo "stage        minutes  result"
  for name in "${order[@]}"; do
    printf '%-12s %7s  %s\n' "$name" "${minutes[$name]}" "${outcome[$name]}"
    [ "${outcome[$name]}" = ok ] || failed=1
  done
  printf '%-12s %4d.%d\n' total $((SECONDS / 60)) $((SECONDS % 60 / 6))
  [ $failed = 0 ] && echo "All stages passed." || echo "Some stages did not pass."
  return $failed
}

tools() { deploy/build/tools.sh; }

format() { cargo fmt --check; }

# The build without the browser's half, with every test, under clippy's eyes.
build() {
  cargo test --profile ci --no-run
  mkdir -p "$E2E"
  cp -f "$CARGO_TARGET_DIR/ci/harkara" "$PLAIN"
}

lint() { cargo clippy --profile ci --all-targets -- -D warnings; }

unit() { cargo test --profile ci --lib --bins; }

sqlite() { env -u TEST_DATABASE_URL cargo test --profile ci --test integration; }

postgres() {
  local url
  url=$(deploy/build/postgres.sh start test)
  # Much of the time it waits for the disk. The stages of the browser's half say what went wrong meanwhile.
  [ ${#only[@]} -gt 0 ] || { deploy/build/wasm.sh && lint_browser; } >/dev/null 2>&1 &
  TEST_DATABASE_URL=$url TEST_DATABASES_STAY=yes cargo test --profile ci --test integration -- --test-threads 4
  wait
}

lint_browser() {
  cargo clippy --lib --profile wasm-release --target wasm32-unknown-unknown \
    --no-default-features --features hydrate -- -D warnings
}

wasm() { deploy/build/wasm.sh; }

# The same with the browser's half embedded, and the benches.
site() {
  HARKARA_SITE=$SITE cargo build --profile ci --bin harkara --bench harkara
  mkdir -p "$E2E"
  cp -f "$CARGO_TARGET_DIR/ci/harkara" "$FULL"
}

browser() {
  deploy/build/packages.sh /usr/bin/chromium=chromium,fonts-noto-core curl=curl
  deploy/build/npm-ci.sh end2end
  cd end2end
  HARKARA_BIN=$FULL HARKARA_BIN_PLAIN=$PLAIN npx --no-install playwright test
}

# The API against its own document, with a token of each role; and the examples.
api() { deploy/build/api.sh "$PLAIN"; }

# Published clients of the real couriers against the sandbox.
clients() { deploy/build/clients.sh "$PLAIN"; }

bench() { HARKARA_BENCH=smoke deploy/build/bench.sh; }

# Whatever happens, no database server, shop or browser stays behind.
HARKARA_TEST_RUN="$$.$(date +%s)"
export HARKARA_TEST_RUN
finish() {
  local status=$?
  trap - EXIT INT TERM HUP
  deploy/build/postgres.sh stop test
  env -u HARKARA_TEST_RUN deploy/build/leave-nothing.sh "HARKARA_TEST_RUN=$HARKARA_TEST_RUN"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

stage tools ""
stage format ""
stage build tools
[ ${#only[@]} -eq 0 ] || stage lint tools
stage unit build
stage sqlite build
stage postgres build
stage lint_browser tools
stage wasm tools
stage site "build wasm"
stage api build
stage clients build
stage browser site
stage bench site
summary
