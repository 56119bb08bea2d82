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

fail() { # why
  echo "$1" >&2
  exit 1
}
conform() { # what files...
  local what=$1; shift
  # GKE's kinds have no schema in any module.
  "$cache/kube/bin/kubeconform" -strict -summary -skip HealthCheckPolicy,GCPBackendPolicy,PodMonitoring,CustomResourceDefinition \
    -schema-location "$work/schemas/{{.Group}}-{{.ResourceKind}}-{{.ResourceAPIVersion}}.json" "$@" \
    || fail "$what: refused by its schema"
}
template() { helm template llm "$chart" --namespace llm --kube-version 1.33.0 --values chart/install-values.yaml "$@"; }

echo "== the chart, by its examples"
helm lint --strict --quiet --kube-version 1.33.0 "$chart" --values chart/install-values.yaml
mkdir "$work/rendered"
for values in "$chart"/ci/*.yaml; do
  helm lint --strict --quiet --kube-version 1.33.0 "$chart" --values "$values"
  rendered=$work/rendered/$(basename "$values")
  # Their own labels alone: those of install-values.yaml would join them.
  helm template llm "$chart" --namespace llm --kube-version 1.33.0 --values "$values" > "$rendered"
  while read -r wanted; do
    grep -qF -- "$wanted" "$rendered" || fail "$values must render: $wanted"
  done < <(sed -n 's/^# renders: //p' "$values")
  while read -r unwanted; do
    ! grep -qF -- "$unwanted" "$rendered" || fail "$values must not render: $unwanted"
  done < <(sed -n 's/^# renders not: //p' "$values")
done
if helm template llm "$chart" --kube-version 1.33.0 > /dev/null 2>&1; then
  fail "a pool without labels must be refused"
fi
for values in "$chart"/ci/refused/*.yaml; do
  expected=$(sed -n '1s/^# refused: //p' "$values")
  if said=$(template --values "$values" 2>&1 > /dev/null) || ! grep -qF -- "$expected" <<< "$said"; then
    fail "$values must be refused with: $expected"$'\n'"but: $said"
  fi
done

echo "== the chart, every provider with every mode; each with every scale and every certificate"
scales=(replicas=1 replicas=3 autoscaling.enabled=true)
certificates=(tls.enabled=true tls.enabled=false "tls.secretName=cert,inferenceExtension.tls.caConfigMap=ca")
turn=0
for provider in none gke istio envoy-gateway; do
  for mode in "" "mode=estimation" "mode=tracking" "mode=tracking,inferenceExtension.prefixCache.kvEvents.direction=bind"; do
    for i in 0 1 2; do
      scale=${scales[i]} tls=${certificates[(i + turn) % 3]}
      case "$mode,$scale" in *bind,replicas=3 | *bind,autoscaling*) continue ;; esac   # refused, see ci/refused
      template --set "provider.name=$provider,experimentalHttpRoute.enabled=true,inferenceExtension.$scale,inferenceExtension.$tls" \
        ${mode:+--set "inferenceExtension.prefixCache.$mode"} > "$work/rendered/$provider-${mode//[=,]/-}-$scale-${tls//[=,]/-}.yaml"
    done
    turn=$((turn + 1))   # so that every scale meets every certificate, though not at each place
  done
done
conform "the chart" "$work/rendered"

echo "== flags that exist"
grep -rhoE '^ +- "?--[a-z-]+' "$work/rendered" | grep -oE -- '--[a-z-]+$' | sort -u > "$work/flags"
grep -oE -- '--[a-z-]+[a-z]' "$chart/templates/deployment.yaml" | sort -u > "$work/own"
while read -r flag; do
  grep -q -- "\`$flag\`" ../docs/configuration.md || fail "the chart says $flag, which Pickwick does not know"
  # What the templates say must not be said once more by inferenceExtension.flags; the others came by it.
  grep -qx -- "$flag" "$work/own" || continue
  ! template --set "inferenceExtension.flags.${flag#--}=1" > /dev/null 2>&1 || fail "$flag is the templates' own, and values.schema.json lets it be said again"
done < "$work/flags"

echo "== release names"
for release in llm qwen2.5 7b 123 1e3 true a.very.long.release.name.that.goes.on.and.on.to.53x; do
  for provider in none gke istio envoy-gateway; do
    helm template "$release" "$chart" --namespace llm --kube-version 1.33.0 --values chart/install-values.yaml \
      --set "provider.name=$provider,experimentalHttpRoute.enabled=true,inferenceExtension.replicas=2,inferenceExtension.networkPolicy.protectModelServers=true" \
      --set 'inferenceObjectives[0].name=high,inferenceObjectives[0].priority=5' > "$work/named.yaml"
    named=$(python3 check/names.py < "$work/named.yaml") || fail "release $release, provider $provider"
  done
  echo "$release: $named"
  conform "release $release" "$work/named.yaml" > /dev/null
done
same=a-release-name-whose-first-forty-letters-are-shared
[ "$(python3 check/names.py < <(helm template $same-1 "$chart" --kube-version 1.33.0 --values chart/install-values.yaml))" \
  != "$(python3 check/names.py < <(helm template $same-2 "$chart" --kube-version 1.33.0 --values chart/install-values.yaml))" ] \
  || fail "two long names of releases become one"
[ "$(template | python3 check/names.py)" = llm-epp ] || fail "the name of an ordinary release changed"

echo "== what helm install says"
cp -rL "$chart" "$work/noted"   # only an installation renders NOTES.txt, so a copy has it in a ConfigMap
{
  echo '{{- define "notes" -}}'
  cat "$chart/templates/NOTES.txt"
  echo '{{- end -}}'
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\ndata: {notes: {{ include "notes" . | quote }}}\n'
} > "$work/noted/templates/notes.yaml"
notes() { helm template llm "$work/noted" --kube-version 1.33.0 --values chart/install-values.yaml -s templates/notes.yaml "$@"; }
! grep -q 'is not logged' <<< "$(notes)" || fail "NOTES.txt says of the default level that no request is logged"
grep -q 'flags.v is 1: ' <<< "$(notes --values "$chart/ci/gie.yaml")" || fail "NOTES.txt does not say that a request is not logged at level 1"
grep -q 'PYTHONHASHSEED=4294967295' <<< "$(notes --values "$chart/ci/numbers.yaml" --set inferenceExtension.prefixCache.mode=tracking)" || fail "NOTES.txt writes another seed"

echo "== the image's tag"
version=$(sed -n 's/^appVersion: *//p' "$chart/Chart.yaml")
grep -q "^  <version>$version</version>" ../pom.xml || fail "the chart's appVersion $version is not the version that the build gives the image"
while read -r tag; do
  [ "$tag" = "$version" ] || fail "docs/kubernetes/image.md pushes the tag $tag, and the chart pulls $version"
done < <(grep -oE 'epp-server:[0-9][-.0-9A-Za-z]*' ../docs/kubernetes/image.md | cut -d: -f2)

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
