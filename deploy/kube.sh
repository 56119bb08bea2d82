#!/usr/bin/env bash
# Builds what tests against a real Kubernetes API need: etcd, kube-apiserver, kubectl and helm, from Go modules, once, into $PICKWICK_CACHE
# (~/.cache/pickwick): some twelve minutes on two cores the first time, nothing after. `deploy/verify.sh -Pkube` runs the tests.
# Needs Go. Without it, or where its modules cannot be fetched, it says SKIPPED and the tests skip too.
set -euo pipefail
cd "$(dirname "$0")"
source check/tools.sh
if ! is_kubernetes_made; then
  command -v go > /dev/null || skip "deploy/kube.sh" "it needs Go, so nothing is tested against a real Kubernetes API"
  echo "Building helm, and etcd, kubectl and kube-apiserver $kubernetes, from source, once: some twelve minutes on two cores." >&2
  make_kubernetes
fi
echo "Kubernetes $kubernetes for tests is in $cache/kube/bin"
