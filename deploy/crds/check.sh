#!/usr/bin/env bash
# Applies our CRDs to the API server of $KUBECONFIG and holds them to what they must take and refuse.
# Creates nothing but the CRDs. usage: deploy/crds/check.sh [KUBECTL]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kubectl=${1:-kubectl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

offer() { "$kubectl" create --dry-run=server --validate=strict --namespace default -f "$1"; }

"$kubectl" apply --validate=strict -f "$here"
"$kubectl" wait --recursive=false --for=condition=Established --timeout=60s -f "$here" > /dev/null

for file in "$here/check/accepted.yaml" "$here"/../../k8s-watcher/src/test/resources/resource/*.yaml; do
  offer "$file"
done

# kubectl goes on after a refusal, so each document is offered by itself.
awk -v dir="$work" '/^---$/ { n++; next } { print > sprintf("%s/%03d.yaml", dir, n) }' "$here/check/refused.yaml"
failed=0
for file in "$work"/*.yaml; do
  wanted=$(sed -n 's/^# says: //p' "$file")
  if said=$(offer "$file" 2>&1); then
    echo "taken, but should have been refused: $wanted" >&2
    failed=1
  elif ! grep -qF -- "$wanted" <<< "$said"; then
    printf 'refused, but not by saying "%s":\n%s\n' "$wanted" "$said" >&2
    failed=1
  fi
done
[ "$failed" = 0 ]
echo "CRDs take and refuse what they must: $(ls "$work" | wc -l) refusals"
