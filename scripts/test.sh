#!/usr/bin/env bash
# Runs every Go test of the main module. Most of them wait for servers: more of them run
# beside each other than there are cores, and those that last longest begin first.
# internal/integration drives the programs, which are other processes: the race detector
# would see nothing there but the tests' own polling, and take a tenth of the machine.
# Cassandra's package goes first, alone: beside tests of the programs its node answers
# changes of the schema too late.
# A test that hangs is shown before CI gives up.
set -euo pipefail
go=${GO:-go}
if [ -f var/services.env ]; then
    set -a
    . ./var/services.env
    set +a
fi

others() { "$go" list ./... | grep -v -e '/internal/integration$' -e '/database/cassandra$'; }
drivers() { others | grep '/database/'; }

failed=0
"$go" test -race -parallel 5 -timeout 60m ./database/cassandra || failed=1

# shellcheck disable=SC2046 # packages have no spaces in their names
"$go" test -race -p 1 -parallel 5 -timeout 60m $(drivers) $(others) &
raced=$!
trap 'kill "$raced" 2>/dev/null || true' EXIT
"$go" test -parallel 5 -timeout 60m ./internal/integration || failed=1
wait "$raced" || failed=1
trap - EXIT
exit "$failed"
