#!/usr/bin/env bash
# A Cassandra for the tests, on this machine only: cassandra.sh start | stop | url
# Made from its artifacts in Maven's repository; installs Java and Maven from
# Debian's packages if there are none and this is root.
# CASSANDRA_DURABLE=yes syncs the commit log before it answers: else a node that is
# killed forgets what it said it had written in its last seconds.
# CASSANDRA_AUTHENTICATOR and CASSANDRA_AUTHORIZER are classes of those names;
# CASSANDRA_YAML is more configuration, such as client_encryption_options.
# CASSANDRA_JVM is more of Java's options: -XX:TieredStopAtLevel=1 halves the processor
# time of a start and of the first minutes, and slows an hour's load.
# -Dcassandra.unsafesystem=true does not flush each change of the schema, which takes a
# quarter of the time then; a node that is killed may forget its tables.
# It waits for itself for a minute: a busy machine is no fault of a test's.
# CASSANDRA_NODE=2 is a second node of the same cluster, on 127.0.0.2.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)/cassandra
node=${CASSANDRA_NODE:-1}
address=127.0.0.$node
port=${CASSANDRA_PORT:-59042}
storage=${CASSANDRA_STORAGE_PORT:-57000}
services=${SERVICES_DIR:-${TMPDIR:-/tmp}/db-migrate-services-$(id -u)}
jars=${CASSANDRA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/db-migrate/cassandra-5.0.6}
folder=$services/cassandra-$node

install() {
    if ! command -v java >/dev/null || { [ ! -d "$jars" ] && ! command -v mvn >/dev/null; }; then
        [ "$(id -u)" = 0 ] || { echo "cassandra.sh: install Java 17 and Maven first" >&2; exit 1; }
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-17-jre-headless maven >/dev/null
    fi
    [ -d "$jars" ] && return
    mkdir -p "$(dirname "$jars")"
    rm -rf "$jars.partial"
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars.partial" >&2
    mv "$jars.partial" "$jars"
}

url() { echo "cassandra://$address:$port/migrate"; }

# A process that has ended, but that nobody has waited for, does not run.
running() {
    local state
    [ -f "$folder/pid" ] && state=$(ps -o stat= -p "$(cat "$folder/pid")") && [ "${state#Z}" = "$state" ]
}

configure() {
    local durability='commitlog_sync: periodic
commitlog_sync_period: 10000ms'
    [ "${CASSANDRA_DURABLE:-}" != yes ] || durability='commitlog_sync: batch'
    mkdir -p "$folder/conf"
    cp "$here/logback.xml" "$folder/conf/"
    cat >"$folder/conf/cassandra.yaml" <<YAML
cluster_name: db-migrate-tests
num_tokens: 16
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
data_file_directories: ["$folder/data"]
commitlog_directory: $folder/commitlog
saved_caches_directory: $folder/saved_caches
hints_directory: $folder/hints
cdc_raw_directory: $folder/cdc_raw
$durability
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: "127.0.0.1:$storage"}]
listen_address: $address
rpc_address: $address
native_transport_port: $port
storage_port: $storage
endpoint_snitch: SimpleSnitch
authenticator: ${CASSANDRA_AUTHENTICATOR:-AllowAllAuthenticator}
authorizer: ${CASSANDRA_AUTHORIZER:-AllowAllAuthorizer}
user_defined_functions_enabled: false
materialized_views_enabled: false
read_request_timeout: 60s
range_request_timeout: 60s
write_request_timeout: 60s
request_timeout: 60s
truncate_request_timeout: 120s
auto_snapshot: false
prepared_statements_cache_size: 64MiB
${CASSANDRA_YAML:-}
YAML
}

launch() {
    local ring=0 gossip=(-Dcassandra.skip_wait_for_gossip_to_settle=0)
    [ "$node" = 1 ] || { ring=5000; gossip=(); }
    : >"$folder/log" # of the start before, which had been completed
    setsid nohup java -Xms${CASSANDRA_HEAP:-1g} -Xmx${CASSANDRA_HEAP:-1g} -XX:+UseG1GC ${CASSANDRA_JVM:-} @"$here/jvm.options" -javaagent:"$(ls "$jars"/jamm-*.jar)" \
        -Dcassandra-foreground=yes -Dcassandra.config="file://$folder/conf/cassandra.yaml" -Dcassandra.storagedir="$folder" \
        -Dlogback.configurationFile="$folder/conf/logback.xml" -Dcassandra.superuser_setup_delay_ms=0 -Dcassandra.ring_delay_ms=$ring "${gossip[@]}" \
        -cp "$folder/conf:$jars/*" org.apache.cassandra.service.CassandraDaemon >"$folder/log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    for _ in $(seq 3000); do
        if grep -qs "Startup complete" "$folder/log"; then return; fi
        running || break
        sleep 0.2
    done
    tail -30 "$folder/log" >&2
    exit 1
}

case "${1:-}" in
start)
    install
    if ! running; then
        configure
        launch
    fi
    url
    ;;
stop)
    if running; then
        kill "$(cat "$folder/pid")"
        for _ in $(seq 150); do running || break; sleep 0.2; done
    fi
    rm -f "$folder/pid"
    ;;
url) url ;;
*)
    echo "usage: cassandra.sh start | stop | url" >&2
    exit 2
    ;;
esac
