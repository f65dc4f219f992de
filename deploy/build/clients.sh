#!/usr/bin/env bash
# Published clients of the real couriers, unchanged, against the sandbox: each script of end2end/clients walks
# its client's flow and looks at what the sandbox then knows.
#
#   clients.sh HARKARA        the program to test
set -euo pipefail
cd "$(dirname "$0")/../.."
PROGRAM=$(realpath "$1")
FOLDER=end2end/clients

deploy/build/packages.sh /usr/lib/python3.*/ensurepip=python3-venv curl=curl
deploy/build/npm-ci.sh "$FOLDER"
VENV=$PWD/$FOLDER/.venv
wanted=$(cat "$FOLDER"/requirements*.txt)
if [ "$wanted" != "$(cat "$VENV/installed.txt" 2>/dev/null)" ]; then
  rm -rf "$VENV"
  python3 -m venv "$VENV"
  # One client says that it wants a newer Python than Debian's, and runs with that as well.
  install=("$VENV/bin/pip" install --quiet --disable-pip-version-check --ignore-requires-python --no-deps)
  "${install[@]}" --only-binary :all: -r "$FOLDER/requirements.txt"
  # This one there is as source only.
  "${install[@]}" --no-build-isolation -r "$FOLDER/requirements-source.txt"
  echo "$wanted" >"$VENV/installed.txt"
fi

work=$(mktemp -d)
sandbox=
end_sandbox() {
  [ -z "$sandbox" ] || { kill "$sandbox" 2>/dev/null || true; wait "$sandbox" 2>/dev/null || true; }
  sandbox=
}
trap 'end_sandbox; rm -rf "$work"' EXIT
# A sandbox of its own for each, so that none meets what another has left.
start_sandbox() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  export SANDBOX=http://127.0.0.1:$port
  "$PROGRAM" sandbox --addr "127.0.0.1:$port" --seed 1 --speed 0 >"$work/sandbox.log" 2>&1 &
  sandbox=$!
  for _ in $(seq 100); do
    curl -fsS "$SANDBOX/" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  cat "$work/sandbox.log"
  return 1
}

passed=0 failed=0
for script in "$FOLDER"/*_[0-9]*.py "$FOLDER"/*_[0-9]*.mjs; do
  case $script in
    *.py) run=("$VENV/bin/python" -B "$script") ;;
    *) run=(node "$script") ;;
  esac
  start_sandbox
  if timeout 120 "${run[@]}" >"$work/said.txt" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $(basename "$script")"
  else
    failed=$((failed + 1))
    echo "FAILED  $(basename "$script")"
    cat "$work/said.txt"
  fi
  end_sandbox
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
