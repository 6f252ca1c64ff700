#!/usr/bin/env bash
# Demos of db-migrate: demo.sh customers | crash | simulated | temporal | stop
# Everything they make lies under var/.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p var

port=${DEMO_PORT:-7233}
ui_port=${DEMO_UI_PORT:-8233}
rows=${ROWS:-1000000}
database=var/customers.db

say() { printf '%s\n' "$*"; }

alive() { [ -f "var/$1.pid" ] && kill -0 "$(cat "var/$1.pid")" 2>/dev/null; }

# end NAME SIGNAL: ends a process that we started, and waits until it is gone.
end() {
  alive "$1" || { rm -f "var/$1.pid"; return 0; }
  local pid; pid=$(cat "var/$1.pid")
  kill "-$2" "$pid" 2>/dev/null || true
  for _ in $(seq 1 400); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  rm -f "var/$1.pid"
}

# apart runs a program in a session of its own, so that neither Ctrl-C nor the
# end of this terminal reaches it.
apart() {
  if command -v setsid >/dev/null; then exec setsid "$@"; else exec nohup "$@"; fi
}

# start_temporal uses the Temporal at TEMPORAL_ADDRESS, else the temporal CLI,
# else our own devserver.
start_temporal() {
  if [ -n "${TEMPORAL_ADDRESS:-}" ] && ! alive temporal; then
    say "Temporal: the one at $TEMPORAL_ADDRESS (TEMPORAL_ADDRESS)"
    return
  fi
  export TEMPORAL_ADDRESS=127.0.0.1:$port TEMPORAL_UI_ADDRESS=http://127.0.0.1:$ui_port
  if alive temporal; then
    say "Temporal: runs already at $TEMPORAL_ADDRESS, its Web UI at $TEMPORAL_UI_ADDRESS"
    return
  fi
  launch_temporal
}

launch_temporal() {
  if command -v temporal >/dev/null; then
    apart temporal server start-dev --ip 127.0.0.1 --port "$port" --ui-port "$ui_port" --db-filename var/temporal.db --log-level error >var/temporal.log 2>&1 &
  else
    make --silent bin/devserver
    apart bin/devserver --port "$port" --ui-port "$ui_port" --db var/temporal.db >var/temporal.log 2>&1 &
  fi
  echo $! >var/temporal.pid
  disown
  for _ in $(seq 1 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && { command -v temporal >/dev/null || grep -qx ready var/temporal.log; }; then
      say "Temporal: $TEMPORAL_ADDRESS, its Web UI: $TEMPORAL_UI_ADDRESS"
      return
    fi
    alive temporal || { cat var/temporal.log >&2; exit 3; }
    sleep 0.1
  done
  say "Temporal did not become ready; see var/temporal.log" >&2
  exit 3
}

start_worker() {
  end worker TERM
  apart bin/worker customer-migrator/log-file=var/migrated-customers.txt "$@" >var/worker.log 2>&1 &
  echo $! >var/worker.pid
  disown
  for _ in $(seq 1 150); do
    grep -q ' serves ' var/worker.log && return
    alive worker || { cat var/worker.log >&2; exit 2; }
    sleep 0.1
  done
}

# running reports whether the migration runs: then it is attached to, and its
# database stays as it is.
running() { bin/starter status -o json "$@" 2>/dev/null | grep -Eq '"phase":"(starting|running|paused|cancelling)"'; }

# under_way is running, told before anything is built or started: a migration may run
# only in a Temporal that is there already. Its database must not be made anew.
under_way() {
  local address=${TEMPORAL_ADDRESS:-}
  if alive temporal; then address=127.0.0.1:$port; fi
  [ -n "$address" ] || [ -f var/temporal.db ] || return 1
  [ -n "$address" ] || { make --silent bin/worker bin/starter; start_temporal; address=$TEMPORAL_ADDRESS; }
  make --silent bin/starter
  TEMPORAL_ADDRESS=$address running
}

generate() {
  say "Making a database of $rows customers: $database"
  bin/customers --rows "$rows" --db "$database" --force "$@"
}

# quicker says what spares the long build, before it begins.
quicker() {
  { [ -n "${TEMPORAL_ADDRESS:-}" ] || alive temporal || [ -x bin/devserver ] || command -v temporal >/dev/null; } && return
  say "The first time this builds a Temporal server, which takes some minutes. Quicker, if you have one of them:"
  say "  a Temporal elsewhere:  TEMPORAL_ADDRESS=host:7233 make demo"
  say "  Temporal's own CLI:    put temporal on the PATH (https://docs.temporal.io/cli)"
}

# begin builds what is missing. With arguments it makes the demo database
# meanwhile; they are the generator's. The compiler's work is the longest.
begin() {
  quicker
  make --silent bin/worker bin/starter bin/customers
  if [ $# -eq 0 ]; then start_temporal; return; fi
  shift
  generate "$@" >var/customers.log 2>&1 &
  local generating=$!
  start_temporal
  wait "$generating" || { cat var/customers.log >&2; exit 2; }
  cat var/customers.log
}

closing_words() {
  say ""
  say "Temporal, its Web UI and the worker stay up to be looked at: ${TEMPORAL_UI_ADDRESS:-}"
  say "End them with: make demo-stop"
}

demo_customers() {
  if under_way; then
    begin
    say "The migration runs already; attaching to it."
    alive worker || start_worker connection/url=$database
  else
    end worker TERM
    begin generate
    start_worker connection/url=$database
  fi
  local code=0
  bin/starter || code=$?
  closing_words
  exit $code
}

# havoc kills the worker and the Temporal server in mid-run, and starts each of
# them again; what it did is told at the end, below the board.
havoc() {
  sleep 6
  kill -KILL "$(cat var/worker.pid)"; say "killed the worker (SIGKILL)"
  sleep 3
  start_worker connection/url=$database; say "started the worker again"
  sleep 6
  kill -KILL "$(cat var/temporal.pid)"; say "killed the Temporal server (SIGKILL)"
  sleep 3
  launch_temporal >/dev/null; say "started the Temporal server again, on the same file"
}

demo_crash() {
  if [ -n "${TEMPORAL_ADDRESS:-}" ] && ! alive temporal; then
    say "demo-crash kills the Temporal server, so it needs one of its own: unset TEMPORAL_ADDRESS" >&2; exit 2
  fi
  if under_way; then say "A migration runs already; end it first: bin/starter cancel" >&2; exit 2; fi
  end worker TERM
  begin generate --poison 25
  start_worker connection/url=$database
  say "25 of the customers cannot be migrated. In 6 s the worker is killed (SIGKILL) and 3 s later started again;"
  say "6 s after that the Temporal server likewise. The migration must finish all the same, each customer once."
  havoc 2>&1 | while read -r line; do printf '%(%H:%M:%S)T %s\n' -1 "$line"; done >var/havoc.log &
  local code=0
  bin/starter || code=$?
  wait $! || true
  say ""
  say "What happened meanwhile:"
  sed 's/^/  /' var/havoc.log
  say "The 25 customers, each with its error and attempts, are dead letters in $database: table db_migrate_failures."
  say "In the Web UI each of them has activities of its own («customer 4711, attempt 2 of 3»)."
  closing_words
  [ "$code" -eq 1 ] # finished, with failures: what this demo expects
}

demo_simulated() {
  begin
  local simulated=(connection/driver=simulated customer-migration/batch-size=1)
  start_worker "${simulated[@]}"
  local code=0
  bin/starter "${simulated[@]}" || code=$?
  closing_words
  exit $code
}

case "${1:-}" in
  customers) demo_customers ;;
  crash) demo_crash ;;
  simulated) demo_simulated ;;
  temporal) unset TEMPORAL_ADDRESS; start_temporal ;;
  stop) end worker TERM; end temporal TERM; say "Temporal and the worker have been ended." ;;
  *) say "usage: demo.sh customers | crash | simulated | temporal | stop" >&2; exit 2 ;;
esac
