#!/bin/sh
# Waits until Temporal serves and creates the namespace TEMPORAL_NAMESPACE if
# there is none: to run it again does no harm. TEMPORAL_ADDRESS says where
# Temporal is.
set -eu

namespace=$TEMPORAL_NAMESPACE

# retry runs a command once a second until it succeeds, for a minute at most.
retry() {
  tries=60
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      echo "temporal at $TEMPORAL_ADDRESS: this failed for a minute: $*" >&2
      exit 1
    fi
    sleep 1
  done
}

retry temporal operator cluster health
temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention 7d
# A new namespace takes some seconds until all of Temporal knows it.
retry temporal workflow list --namespace "$namespace" --limit 1
echo "namespace $namespace is there"
