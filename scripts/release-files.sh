#!/usr/bin/env bash
# Completions and manual pages of both programs, into var/release. The manual pages are
# the programs' own help.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
mkdir -p var/release/completions var/release/man
"$go" build -o var/release/bin/ ./worker ./starter

# manual NAME TITLE: the program's help as a page of section 1.
manual() {
  printf '.TH %s 1 "" db-migrate\n.SH NAME\ndb-migrate-%s \\- %s\n.SH DESCRIPTION\n.nf\n' "${1^^}" "$1" "$2"
  "var/release/bin/$1" --help | sed 's/\\/\\\\/g; s/^\./\\\&./; s/-/\\-/g'
  printf '.fi\n.SH SEE ALSO\nThe pages in docs/ of the archive.\n'
}

for program in worker starter; do
  for shell in bash zsh fish; do
    "var/release/bin/$program" completion "$shell" | sed "s/\b$program\b/db-migrate-$program/g" >"var/release/completions/db-migrate-$program.$shell"
  done
done
manual worker "serves a migration to Temporal" >var/release/man/db-migrate-worker.1
manual starter "starts, shows and controls a migration" >var/release/man/db-migrate-starter.1
