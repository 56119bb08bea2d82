#!/usr/bin/env bash
# Renders what is kept ready for kubectl from the chart: deploy/install.yaml, and RELEASE.yaml from each deploy/envoy-gateway/*/values-RELEASE.yaml.
# usage: render.sh [--check]     --check only compares, and fails where a file is out of date. Needs helm (HELM=...).
set -euo pipefail
cd "$(dirname "$0")"
check=${1:-}
helm() { command "${HELM:-helm}" "$@" 2> >(grep -v "found symbolic link" >&2); }   # deploy/crds is linked into the chart
stale=0
render() { # release namespace values output
  local text
  text=$(helm template "$1" chart/pickwick --namespace "$2" --values "$3" --kube-version 1.33.0)
  text="# Rendered by deploy/render.sh from $3. Do not edit."$'\n'"$text"
  if [ "$check" != --check ]; then
    printf '%s\n' "$text" > "$4"
  elif ! diff -u "$4" <(printf '%s\n' "$text"); then
    echo "$4 is out of date: run deploy/render.sh" >&2
    stale=1
  fi
}
render pickwick default chart/install-values.yaml install.yaml
for values in envoy-gateway/*/values-*.yaml; do
  release=$(basename "$values" .yaml); release=${release#values-}
  render "$release" llm "$values" "$(dirname "$values")/$release.yaml"
done
exit $stale
