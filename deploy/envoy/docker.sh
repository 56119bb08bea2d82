#!/usr/bin/env bash
# An Envoy in Docker under the command line of a binary, for tests on machines that have Docker: PICKWICK_ENVOY=deploy/envoy/docker.sh.
# Linux only: it shares the machine's network, and the folder for temporary files. Not tried by us so far, for want of a machine with Docker.
set -euo pipefail
temporary=${TMPDIR:-/tmp}
exec docker run --rm --network host --user "$(id -u):$(id -g)" --volume "$temporary:$temporary" \
  --entrypoint /usr/local/bin/envoy "envoyproxy/envoy:${PICKWICK_ENVOY_TAG:-v1.40.0}" "$@"
