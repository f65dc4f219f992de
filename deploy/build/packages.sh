#!/usr/bin/env bash
# Installs Debian packages, but only when a command of theirs is missing.
#
#   packages.sh chromium=chromium,fonts-noto-core postgres=…     command=package[,package]
#
# A command may also be a path with a wildcard.
set -euo pipefail

missing=()
for wish in "$@"; do
  command=${wish%%=*}
  if ! command -v "$command" >/dev/null && ! compgen -G "$command" >/dev/null; then
    IFS=, read -ra packages <<<"${wish#*=}"
    missing+=("${packages[@]}")
  fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "Needed: ${missing[*]}. Install them (apt-get install ${missing[*]}) and try again." >&2
    exit 1
  }
  as_root=(sudo)
fi
command -v apt-get >/dev/null || {
  echo "Needed: ${missing[*]} (names of Debian packages). There is no apt-get here." >&2
  exit 1
}

echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -q </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null
