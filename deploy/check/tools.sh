# Sourced: the tools that check what is in deploy/, built once from Go modules into $PICKWICK_CACHE (~/.cache/pickwick).
cache=${PICKWICK_CACHE:-$HOME/.cache/pickwick}

# Where a Go module lies, fetched if need be.
module() { (cd / && GOFLAGS= GOWORK=off go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'); }

tool() { # path package@version [ldflags]
  [ -x "$cache/$1" ] && return
  echo "building $1 (once; minutes)" >&2
  mkdir -p "$(dirname "$cache/$1")"
  (cd / && GOBIN="$(dirname "$cache/$1")" GOWORK=off CGO_ENABLED=0 nice go install -trimpath -ldflags "-s -w ${3:-}" "$2")
}

make_tools() {
  tool kube/bin/helm helm.sh/helm/v3/cmd/helm@v3.22.0 "-X helm.sh/helm/v3/internal/version.version=v3.22.0"
  tool kube/bin/kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  [ -x "$cache/kube/bin/kubectl" ] || tool kube/bin/kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
  tool eg/bin/egctl "github.com/envoyproxy/gateway/cmd/egctl@$envoy_gateway" "-X github.com/envoyproxy/gateway/internal/cmd/version.envoyGatewayVersion=$envoy_gateway"
}

kustomized() { # folder
  if [ -x "$cache/kube/bin/kubectl" ]; then "$cache/kube/bin/kubectl" kustomize "$1"; else "$cache/kube/bin/kustomize" build "$1"; fi
}

make_schemas() { # out
  local gateway; gateway=$(module "github.com/envoyproxy/gateway@$envoy_gateway")
  python3 check/schemas.py "$1" "$(module k8s.io/kubernetes@v1.34.4)/api/openapi-spec/swagger.json" crds \
    "$(module sigs.k8s.io/gateway-api-inference-extension@v1.5.0)/config/crd/bases" \
    "$gateway/charts/gateway-helm/charts/crds/crds" \
    "$(module sigs.k8s.io/lws@v0.7.0)/config/crd/bases" \
    "$(module istio.io/api@v1.28.0)/kubernetes/customresourcedefinitions.gen.yaml" \
    "$(module github.com/prometheus-operator/prometheus-operator@v0.85.0)/example/prometheus-operator-crd"
}
envoy_gateway=v1.9.1
