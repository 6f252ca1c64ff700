#!/usr/bin/env bash
# A MariaDB for the tests, on this machine only: mariadb.sh start | stop | url
# Installs Debian's package if there is none and this is root.
# MARIADB_OPTIONS are further options of the server, such as --ssl-cert=FILE.
set -euo pipefail

port=${MARIADB_PORT:-53306}
folder=${SERVICES_DIR:-${TMPDIR:-/tmp}/db-migrate-services-$(id -u)}/mariadb
user=migrate
password=only-for-tests

account=$(id -un)
[ "$account" != root ] || account=mysql

install() {
    command -v mariadbd >/dev/null && return
    [ "$(id -u)" = 0 ] || { echo "mariadb.sh: install MariaDB first" >&2; exit 1; }
    apt-get update -qq
    # Only the program is wanted: the package must not start a server of its own.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.db-migrate && chmod 755 /usr/sbin/policy-rc.d.db-migrate
    [ -e /usr/sbin/policy-rc.d ] || { mv /usr/sbin/policy-rc.d.db-migrate /usr/sbin/policy-rc.d; ours=yes; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq mariadb-server >/dev/null
    rm -f /usr/sbin/policy-rc.d.db-migrate
    [ -z "${ours:-}" ] || rm -f /usr/sbin/policy-rc.d
}

url() { echo "mysql://$user:$password@127.0.0.1:$port/$user"; }

# A process that has ended, but that nobody has waited for, does not run.
running() {
    local state
    [ -f "$folder/pid" ] && state=$(ps -o stat= -p "$(cat "$folder/pid")") && [ "${state#Z}" = "$state" ]
}

admin() { mariadb-admin --no-defaults --socket="$folder/socket" -u root "$@"; }

create() {
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || { chown mysql "$folder" && chmod 711 "$(dirname "$folder")"; }
    mariadb-install-db --no-defaults --datadir="$folder/data" --user="$account" --auth-root-authentication-method=normal --skip-test-db >"$folder/install.log" 2>&1 ||
        { tail -20 "$folder/install.log" >&2; exit 1; }
}

launch() {
    setsid nohup mariadbd --no-defaults --user="$account" --datadir="$folder/data" --socket="$folder/socket" --pid-file="$folder/pid" \
        --bind-address=127.0.0.1 --port="$port" --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci \
        --max-connections=300 --innodb-buffer-pool-size=512M --innodb-log-file-size=512M ${MARIADB_OPTIONS:-} >"$folder/log" 2>&1 </dev/null &
    for _ in $(seq 1500); do
        admin --silent ping >/dev/null 2>&1 && return
        sleep 0.2
    done
    tail -20 "$folder/log" >&2
    exit 1
}

accounts() {
    mariadb --no-defaults --socket="$folder/socket" -u root <<SQL
CREATE DATABASE $user;
CREATE USER '$user'@'127.0.0.1' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO '$user'@'127.0.0.1';
SQL
}

case "${1:-}" in
start)
    install
    if ! running; then
        fresh=
        [ -d "$folder/data" ] || { create; fresh=yes; }
        launch
        [ -z "$fresh" ] || accounts
    fi
    url
    ;;
stop)
    ! running || admin shutdown
    ;;
url) url ;;
*)
    echo "usage: mariadb.sh start | stop | url" >&2
    exit 2
    ;;
esac
