#!/usr/bin/env bash
# A private PostgreSQL for the tests: own data, a free port on 127.0.0.1, durable like a real
# one (fsync and synchronous_commit on), with so few checkpoints that a run of the tests hardly
# meets one; gone after `stop`.
#
#   postgres.sh start [NAME]   starts it unless it runs, prints its URL
#   postgres.sh url [NAME]     prints the URL of the running one
#   postgres.sh pause [NAME]   stops it and keeps its data for the next start
#   postgres.sh stop [NAME]    stops it and removes its data; fine when there is none
#
# NAME (default: dev) lets several run beside each other.
set -euo pipefail
cd "$(dirname "$0")/../.."

START_ATTEMPTS_MAX=10
START_SECONDS_MAX=60

action=${1:-}
name=${2:-dev}
# What we need to find our server again: home (its folder), owner (its user), port.
state="${CARGO_TARGET_DIR:-target}/postgres/$name"

# PostgreSQL refuses to run as root; every command of its goes through here.
as_owner() {
  if [ "$(id -un)" = "$owner" ]; then (cd / && "$@"); else (cd / && runuser -u "$owner" -- "$@"); fi
}

read_state() {
  [ -f "$state/env" ] || return 1
  home='' owner='' port='' bin=''
  # shellcheck disable=SC1091
  . "$state/env"
  [ -n "$home" ] && [ -n "$owner" ] && [ -n "$port" ] && [ -n "$bin" ]
}

running() {
  [ -s "$home/data/postmaster.pid" ] && as_owner "$bin/pg_ctl" status -s -D "$home/data" >/dev/null 2>&1 &&
    "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"
}

url() { echo "postgres://postgres@127.0.0.1:$port/postgres"; }

# A folder that the owner can enter: below the checkout if possible, else a temporary one.
make_home() {
  mkdir -p "$state"
  home="$(cd "$state" && pwd)/home"
  mkdir "$home"
  chmod 700 "$home"
  chown "$owner" "$home"
  if ! as_owner test -x "$home" 2>/dev/null; then
    rmdir "$home"
    home=$(mktemp -d "${TMPDIR:-/tmp}/harkara-postgres.XXXXXX")
    chown "$owner" "$home"
  fi
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

start() {
  if read_state && running; then
    url
    return
  fi
  if read_state && [ -f "$state/paused" ] && [ -s "$home/data/PG_VERSION" ]; then
    boot
    return
  fi
  stop
  deploy/build/packages.sh "/usr/lib/postgresql/*/bin/initdb=postgresql" >&2
  bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
  owner=$(id -un)
  if [ "$owner" = root ]; then
    owner=postgres
    id -u "$owner" >/dev/null 2>&1 || useradd --system --shell /usr/sbin/nologin "$owner"
  fi
  make_home
  port=0
  write_state
  as_owner "$bin/initdb" -D "$home/data" -U postgres --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-instructions >"$state/initdb.log" 2>&1 || {
    cat "$state/initdb.log" >&2
    return 1
  }
  as_owner tee -a "$home/data/postgresql.conf" >/dev/null <<CONFIG
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 128MB
max_wal_size = 4GB
checkpoint_timeout = 30min
CONFIG
  boot
}

# Starts the server on a free port and prints its URL.
boot() {
  for ((attempt = 1; attempt <= START_ATTEMPTS_MAX; attempt++)); do
    port=$(free_port)
    write_state
    if as_owner "$bin/pg_ctl" start -s -w -t "$START_SECONDS_MAX" -D "$home/data" \
      -l "$home/log" -o "-p $port" </dev/null >/dev/null 2>&1; then
      rm -f -- "$state/paused"
      url
      return
    fi
  done
  tail -n 20 "$home/log" >&2
  return 1
}

write_state() {
  printf 'home=%q\nowner=%q\nport=%q\nbin=%q\n' "$home" "$owner" "$port" "$bin" >"$state/env"
}

# What is in there took minutes to make and is wanted again.
pause() {
  read_state && running || return 0
  as_owner "$bin/pg_ctl" stop -s -w -m fast -D "$home/data" >/dev/null
  touch "$state/paused"
}

# Tests are over, so nothing in there is worth a clean shutdown.
stop() {
  if read_state; then
    # The number in a left-over file may belong to somebody else by now.
    pid=$(head -n 1 "$home/data/postmaster.pid" 2>/dev/null) || pid=none
    if grep -qs -- "$home/data" "/proc/$pid/cmdline"; then
      as_owner "$bin/pg_ctl" stop -s -w -m immediate -D "$home/data" >/dev/null 2>&1 || true
    fi
    rm -rf -- "$home"
  fi
  rm -rf -- "$state"
}

case $action in
  start) start ;;
  pause) pause ;;
  stop) stop ;;
  url)
    read_state && running || { echo "not running" >&2; exit 1; }
    url
    ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
