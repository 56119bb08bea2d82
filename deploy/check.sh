#!/usr/bin/env bash
# Checks the chart, what is rendered from it, and the Envoy Gateway stories: helm lint and template over a table of values, schemas
# (kubeconform, offline), what must be refused, flags that exist, and translation by Envoy Gateway itself.
# Needs Go and Python 3 with PyYAML; builds its tools once into $PICKWICK_CACHE (~/.cache/pickwick), which takes some fifteen minutes on two
# cores. Without them, or where Go's modules cannot be fetched, it says SKIPPED and checks nothing.
set -euo pipefail
cd "$(dirname "$0")"
source check/tools.sh
if ! command -v go > /dev/null || ! python3 -c 'import yaml' 2> /dev/null; then
  skip deploy/check.sh "it needs Go and Python 3 with PyYAML, so neither the chart nor a manifest is checked"
fi
make_tools
export HELM=$cache/kube/bin/helm
helm() { command "${HELM:-helm}" "$@" 2> >(grep -v "found symbolic link" >&2); }   # deploy/crds is linked into the chart
chart=chart/pickwick
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
make_schemas "$work/schemas"

conform() { # what files...
  local what=$1; shift
  # GKE's kinds have no schema in any module.
  "$cache/kube/bin/kubeconform" -strict -summary -skip HealthCheckPolicy,GCPBackendPolicy,PodMonitoring,CustomResourceDefinition \
    -schema-location "$work/schemas/{{.Group}}-{{.ResourceKind}}-{{.ResourceAPIVersion}}.json" "$@" \
    || { echo "$what: refused by its schema" >&2; exit 1; }
}
template() { helm template llm "$chart" --namespace llm --kube-version 1.33.0 --values chart/install-values.yaml "$@"; }

echo "== the chart, by its examples"
helm lint --strict --quiet --kube-version 1.33.0 "$chart" --values chart/install-values.yaml
mkdir "$work/rendered"
for values in "$chart"/ci/*.yaml; do
  helm lint --strict --quiet --kube-version 1.33.0 "$chart" --values "$values"
  template --values "$values" > "$work/rendered/$(basename "$values")"
done
if helm template llm "$chart" --kube-version 1.33.0 > /dev/null 2>&1; then
  echo "a pool without labels must be refused" >&2
  exit 1
fi
for values in "$chart"/ci/refused/*.yaml; do
  expected=$(sed -n '1s/^# refused: //p' "$values")
  if said=$(template --values "$values" 2>&1 > /dev/null) || ! grep -qF -- "$expected" <<< "$said"; then
    echo "$values must be refused with: $expected"$'\n'"but: $said" >&2
    exit 1
  fi
done

echo "== the chart, every provider with every mode, scale and certificate"
for provider in none gke istio envoy-gateway; do
  for mode in "" "mode=estimation" "mode=tracking" "mode=tracking,inferenceExtension.prefixCache.kvEvents.direction=bind"; do
    for scale in replicas=1 replicas=3 autoscaling.enabled=true; do
      for tls in tls.enabled=true tls.enabled=false "tls.secretName=cert,inferenceExtension.tls.caConfigMap=ca"; do
        case "$mode,$scale" in *bind,replicas=3 | *bind,autoscaling*) continue ;; esac   # refused, see ci/refused
        template --set "provider.name=$provider,experimentalHttpRoute.enabled=true,inferenceExtension.$scale,inferenceExtension.$tls" \
          ${mode:+--set "inferenceExtension.prefixCache.$mode"} > "$work/rendered/$provider-${mode//[=,]/-}-$scale-${tls//[=,]/-}.yaml"
      done
    done
  done
done
conform "the chart" "$work/rendered"

echo "== flags that exist"
grep -rhoE '^ +- "?--[a-z-]+' "$work/rendered" | grep -oE -- '--[a-z-]+$' | sort -u > "$work/flags"
while read -r flag; do
  grep -q -- "\`$flag\`" ../docs/configuration.md || { echo "the chart says $flag, which Pickwick does not know" >&2; exit 1; }
done < "$work/flags"

echo "== install.yaml and the stories"
./render.sh --check
conform install.yaml install.yaml
for story in envoy-gateway/*/; do
  story=$(basename "$story")
  kustomized "envoy-gateway/$story" > "$work/$story.yaml"
  conform "$story" "$work/$story.yaml"
  [ "$story" = vllm ] || printf '%s: ' "$story"
  [ "$story" = vllm ] || python3 check/translate.py "$cache/eg/bin/egctl" < "$work/$story.yaml"
done
echo "deploy: all checks passed"
