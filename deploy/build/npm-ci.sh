#!/usr/bin/env bash
# `npm ci` in the given folder, unless what is there came from the same lock file.
set -euo pipefail
cd "$1"

installed_lock=node_modules/.installed-lock.json
cmp -s package-lock.json "$installed_lock" && exit 0
# No scripts: none of these packages needs one, and Playwright's would fetch browsers.
npm ci --ignore-scripts --no-fund --no-audit </dev/null
cp package-lock.json "$installed_lock"
