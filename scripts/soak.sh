#!/usr/bin/env bash
# Kills workers, starters, Temporal's server and database servers at random moments, and
# counts afterwards: soak.sh [ROUNDS]. SOAK_SEED repeats an earlier soak. What was seen is
# added to var/soak.md.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-20}
export SOAK_SEED=${SOAK_SEED:-$(date +%s)} CRASH_ROUNDS=$rounds KILLS=$rounds
if [ -f var/services.env ]; then set -a; . var/services.env; set +a; fi
go=${GO:-go}
mkdir -p var
log=var/soak-$SOAK_SEED.log
echo "soak: $rounds rounds of each, SOAK_SEED=$SOAK_SEED; what the tests say: $log"

result="none"
"$go" test ./internal/integration -run '^(TestCrash|TestCrashAtAStep|TestServersUnderKills)$' -count=1 -v -timeout 24h >"$log" 2>&1 || result="FAILED: see $log"
if grep -q -e '--- SKIP' "$log"; then
  echo "NOT TRIED, since no server is there (make services):"
  grep -e '--- SKIP' "$log" || true
fi
grep -E 'killed [0-9]+ times' "$log" | sed 's/^ *[a-z_]*\.go:[0-9]*: //' || true

[ -f var/soak.md ] || printf '| date | commit | machine | rounds | killed | rows | lost or twice | seed |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n' >var/soak.md
sum() { grep -oE "$1" "$log" | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n + 0 }'; }
printf '| %s | %s | %s cores | %s | %s times | %s | %s | %s |\n' "$(date +%F)" "$(git rev-parse --short HEAD)" "$(nproc)" "$rounds" \
  "$(sum 'killed [0-9]+ times')" "$(sum 'run of [0-9]+ customers')" "$result" "$SOAK_SEED" | tee -a var/soak.md
[ "$result" = none ]
