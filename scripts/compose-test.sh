#!/usr/bin/env bash
# Tries docker-compose.yml on a real engine: up, migrate, kill the worker, stop and start
# Temporal, finish, ask the Web UI, count, down. ENV_FILE=docker/postgres.env takes a server.
# An engine that runs is used; else one is started, if it is installed and this is root.
# Where there is none it says so, loudly, and ends with 0 (CI=true: with 1).
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p var/compose
rows=${ROWS:-300000}

skip() {
  printf '\n*** SKIPPED: docker-compose.yml was NOT tried: %s ***\n\n' "$*" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

command -v docker >/dev/null || skip "there is no docker"
if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif command -v docker-compose >/dev/null; then
  compose=(docker-compose)
else
  skip "there is no docker compose"
fi
[ -z "${ENV_FILE:-}" ] || compose+=(--env-file "$ENV_FILE")

if ! docker info >/dev/null 2>&1; then
  command -v dockerd >/dev/null && [ "$(id -u)" = 0 ] || skip "no engine runs, and none can be started (dockerd, as root)"
  dockerd >var/compose/dockerd.log 2>&1 &
  engine=$!
  trap 'kill "$engine"; wait "$engine" || true' EXIT
  for _ in $(seq 1 60); do docker info >/dev/null 2>&1 && break; sleep 1; done
  docker info >/dev/null 2>&1 || skip "dockerd does not start: $(tail -1 var/compose/dockerd.log)"
fi

step() { printf '\n== %s\n' "$*"; }
run() { "${compose[@]}" run --rm -T starter "$@"; }
down() { "${compose[@]}" down --volumes --timeout 40 >/dev/null 2>&1 || true; }
export ROWS=$rows

step "up"
down
[ -n "${SKIP_BUILD:-}" ] || "${compose[@]}" build
"${compose[@]}" up --detach --wait --no-build
"${compose[@]}" ps
docker images --format '{{.Repository}} {{.Size}}' | grep '^db-migrate' | sort -u

step "images: who they are, and what they may write"
for service in temporal worker; do
  id=$("${compose[@]}" ps -q "$service")
  docker inspect --format "$service: user {{.Config.User}}, read-only {{.HostConfig.ReadonlyRootfs}}, capabilities dropped {{.HostConfig.CapDrop}}, health {{.State.Health.Status}}" "$id" | tee var/compose/inspected
  grep -q 'user 10001:10001, read-only true, capabilities dropped \[ALL\], health healthy' var/compose/inspected
done

step "migrate, and kill the worker's container in mid-run"
run --output minimal customer-migration/rate=$((rows / 20)) >var/compose/starter.log 2>&1 &
starter=$!
for _ in $(seq 1 300); do run status --output json 2>/dev/null | grep -q '"migrated":[1-9]' && break; sleep 0.2; done
docker kill --signal KILL "$("${compose[@]}" ps -q worker)"
"${compose[@]}" start worker

step "stop Temporal, and start it"
"${compose[@]}" stop temporal
"${compose[@]}" start temporal
"${compose[@]}" up --detach --wait --no-build

step "the end"
wait "$starter" || run --output minimal # a starter that lost Temporal for too long attaches again
tail -3 var/compose/starter.log
run status | tee var/compose/status
grep -q completed var/compose/status

step "the Web UI answers"
curl --fail --silent --show-error http://127.0.0.1:8233/healthz && echo

step "a dry run finds nothing left"
run --dry-run --output minimal | tee var/compose/dry-run
grep -q 'none of' var/compose/dry-run

step "down"
"${compose[@]}" down --volumes --timeout 40
printf '\ncompose-test: passed\n'
