#!/usr/bin/env bash
# The REST API against its own document, and the examples against the API: a shop of its own with the
# demo's data and couriers, then schemathesis with a token of each role over every operation.
#
#   api.sh HARKARA        the program to test
#
# What is not checked, and why, is in end2end/api/schemathesis.toml.
set -euo pipefail
cd "$(dirname "$0")/../.."
PROGRAM=$(realpath "$1")
FOLDER=end2end/api

deploy/build/packages.sh /usr/lib/python3.*/ensurepip=python3-venv curl=curl jq=jq
VENV=$PWD/$FOLDER/.venv
CONFIG=$PWD/$FOLDER/schemathesis.toml
if ! cmp -s "$FOLDER/requirements.txt" "$VENV/requirements.txt"; then
  rm -rf "$VENV"
  python3 -m venv "$VENV"
  "$VENV/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --no-deps -r "$FOLDER/requirements.txt"
  cp "$FOLDER/requirements.txt" "$VENV/requirements.txt"
fi

work=$(mktemp -d)
trap 'kill "$shop" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
export HARKARA_DATA_DIR=$work/data LOG_LEVEL=WARN
"$PROGRAM" serve --demo --addr "127.0.0.1:$port" >"$work/shop.log" 2>&1 &
shop=$!
for _ in $(seq 100); do
  curl -fsS "$url/readyz" >/dev/null 2>&1 && break
  sleep 0.1
done
curl -fsS "$url/readyz" >/dev/null || { cat "$work/shop.log"; exit 1; }
token() { "$PROGRAM" token create --role "$@" --name "$1" 2>/dev/null | tail -n 1; }

echo "-- examples"
HARKARA_TOKEN=$(token admin)
export HARKARA_TOKEN
examples/walk.sh "$url"
python3 examples/harkara.py "$url"

# From a file: fetched from the shop, the operation that serves it would not be tested.
"$PROGRAM" openapi >"$work/openapi.json"
total=$(jq '[.paths[] | keys[]] | length' "$work/openapi.json")
failed=0
# check ROLE [--store S]
check() {
  echo "-- schemathesis as $1"
  # In a folder of its own: it leaves a cache where it is called.
  (cd "$work" && HARKARA_TOKEN=$(token "$@") "$VENV/bin/schemathesis" --config-file "$CONFIG" \
    run openapi.json --url "$url" --no-color >"$work/$1.txt" 2>&1) || failed=1
  grep -E "^ *(Operations|Test cases|Test Phases|Selected|Tested|Failures|Errors|Seed)|unique|passed" "$work/$1.txt" || true
  if ! grep -qE "Tested: *$total\b" "$work/$1.txt"; then
    echo "Not every one of the $total operations was tested as $1."
    failed=1
  fi
}
check admin
check staff
check seller --store mumbai
check customer
[ $failed = 0 ] || tail -n 250 "$work"/*.txt
grep -E '"level":"ERROR"|ERROR' "$work/shop.log" && failed=1
exit $failed
