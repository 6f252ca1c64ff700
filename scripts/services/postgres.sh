#!/usr/bin/env bash
# A PostgreSQL for the tests, on this machine only: postgres.sh start | stop | url
# Installs Debian's package if there is none and this is root.
# POSTGRES_OPTIONS are further options of the server, such as -c ssl=on.
set -euo pipefail

port=${POSTGRES_PORT:-55432}
folder=${SERVICES_DIR:-${TMPDIR:-/tmp}/db-migrate-services-$(id -u)}/postgres
user=migrate
password=only-for-tests

# PostgreSQL refuses to run as root.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

binaries() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

install() {
    [ -n "$(binaries)" ] && [ -x "$(binaries)/postgres" ] && return
    [ "$(id -u)" = 0 ] || { echo "postgres.sh: install PostgreSQL first" >&2; exit 1; }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql postgresql-contrib >/dev/null
}

url() { echo "postgres://$user:$password@127.0.0.1:$port/$user?sslmode=disable"; }

# A process that has ended, but that nobody has waited for, does not run; its
# children end by themselves.
running() {
    local file="$folder/data/postmaster.pid"
    if [ -f "$file" ] && ps -o stat= -p "$(head -1 "$file")" | grep -q '^Z'; then
        sleep 1
        rm -f "$file" "$folder"/.s.PGSQL.*
    fi
    as "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1
}

create() {
    mkdir -p "$folder"
    [ "$(id -u)" = 0 ] && chown postgres "$folder" && chmod 711 "$(dirname "$folder")"
    as "$bin/initdb" -D "$folder/data" -U postgres --auth=trust --auth-host=scram-sha-256 -E UTF8 --locale=C.UTF-8 >/dev/null
    as tee -a "$folder/data/postgresql.conf" >/dev/null <<CONFIGURATION
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = 256MB
max_wal_size = 4GB
shared_preload_libraries = 'auto_explain'
CONFIGURATION
}

accounts() {
    as psql -qh "$folder" -p "$port" -U postgres <<SQL
CREATE ROLE $user LOGIN CREATEDB CREATEROLE PASSWORD '$password';
CREATE DATABASE $user OWNER $user;
\\c $user
CREATE EXTENSION citext;
SQL
}

case "${1:-}" in
start)
    install
    bin=$(binaries)
    if ! running; then
        fresh=
        [ -d "$folder/data" ] || { create; fresh=yes; }
        as "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -o "${POSTGRES_OPTIONS:-}" -t 300 -w start >/dev/null || { tail -20 "$folder/log" >&2; exit 1; }
        [ -z "$fresh" ] || accounts
    fi
    url
    ;;
stop)
    bin=$(binaries)
    [ -z "$bin" ] || ! running || as "$bin/pg_ctl" -D "$folder/data" -m fast -w stop >/dev/null
    ;;
url) url ;;
*)
    echo "usage: postgres.sh start | stop | url" >&2
    exit 2
    ;;
esac
