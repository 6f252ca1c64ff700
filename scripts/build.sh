#!/usr/bin/env bash
# build.sh FOLDER NAME OUTPUT PACKAGE...: go build in FOLDER, and says how far it is.
# A first build compiles hundreds of packages and takes minutes; a later one seconds.
set -euo pipefail
folder=$1 name=$2 output=$3
shift 3
cd "$folder"
go=${GO:-go}

stale=$("$go" list -deps -f '{{if .Stale}}x{{end}}' "$@" | grep -c x) || true
if [ "$stale" -lt 30 ]; then exec "$go" build -o "$output" "$@"; fi

# tell prints how many packages are compiled: on a terminal in one line, else at each tenth.
tell() {
  local count=0 tenth=0 line
  while IFS= read -r line; do
    case $line in
    *[[:space:]]*) printf '%s\n' "$line" >&2; continue ;; # no package's name: an error
    esac
    count=$((count + 1))
    if [ -t 2 ]; then
      printf '\rbuilding %s: %d of %d packages, %d s ' "$name" "$count" "$stale" "$SECONDS" >&2
    elif [ $((count * 10 / stale)) -gt "$tenth" ]; then
      tenth=$((count * 10 / stale))
      printf 'building %s: %d of %d packages, %d s\n' "$name" "$count" "$stale" "$SECONDS" >&2
    fi
  done
  [ ! -t 2 ] || printf '\n' >&2
}

"$go" build -v -o "$output" "$@" 2>&1 | tell
