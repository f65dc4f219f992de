#!/usr/bin/env bash
# Runs every fuzz target for SECONDS_EACH (60 unless set), each with the recorded bodies of its courier to
# begin with. Gets cargo-fuzz into .tools. No sanitizer of memory is used, there being no unsafe code of
# ours, so the ordinary toolchain will do.
#
#   fuzz.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../.."
SECONDS_EACH=${SECONDS_EACH:-60}
VERSION=0.13.2
FIXTURES=src/server/couriers/fixtures
# What is compiled here is of use to nobody else.
unset CARGO_TARGET_DIR
export PATH=$PWD/.tools/bin:$PATH

deploy/build/packages.sh c++=g++
if [ "$(.tools/bin/cargo-fuzz --version 2>/dev/null)" != "cargo-fuzz $VERSION" ]; then
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install cargo-fuzz --version "=$VERSION" --locked --root .tools --force
fi

# The door's targets begin with the couriers' pushes, each with its account's number and the right secrets.
mkdir -p fuzz/corpus/webhook
number=0
for courier in delhivery generic packzy pathao redx shiprocket; do
  for body in "$FIXTURES/$courier"/webhook_*.json "$FIXTURES/$courier"/push_*.json; do
    [ -f "$body" ] || continue
    { printf '%b' "\\x0$number\\x01content-type:application/json\n\n"; cat "$body"; } \
      >"fuzz/corpus/webhook/$courier-$(basename "$body")"
  done
  number=$((number + 1))
done

targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
options=(--sanitizer none)
cargo fuzz build "${options[@]}"
failed=0
for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target"
  seeds=()
  [ ! -d "$FIXTURES/$target" ] || seeds=("$FIXTURES/$target")
  echo "-- $target"
  cargo fuzz run "${options[@]}" "$target" "fuzz/corpus/$target" "${seeds[@]}" -- \
    -max_total_time="$SECONDS_EACH" -timeout=10 -max_len=65536 -print_final_stats=1 >"fuzz/$target.log" 2>&1 || failed=1
  grep -E "^(Done|stat::number_of_executed_units|stat::average_exec)|panicked|SUMMARY|ERROR" "fuzz/$target.log" || true
done
exit $failed
