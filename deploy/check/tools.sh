# Sourced: Kubernetes and the tools that check what is in deploy/, built once from Go modules into $PICKWICK_CACHE (~/.cache/pickwick).
cache=${PICKWICK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pickwick}
kubernetes=v1.34.4
envoy_gateway=v1.9.1
helm_version=v3.22.0

skip() { # what why
  echo "SKIPPED $1: $2" >&2
  exit 0
}

# Runs a command that may fetch Go modules. Where they cannot be had, what needs them is skipped; any other failure is one.
fetching() { # command...
  local said; said=$(mktemp)
  if "$@" 2> "$said"; then rm "$said"; return; fi
  local why; why=$(grep -E 'GOPROXY|module lookup disabled|dial tcp|reading https?:|Get "https?:' "$said" | tail -1) || true
  cat "$said" >&2
  rm -rf "$said" "${building:-}"
  [ -z "$why" ] || skip "$0" "a Go module cannot be fetched: $why"
  exit 1
}

# Fetches a Go module, and says where it lies.
module() {
  (cd / && export GOFLAGS= GOWORK=off && go mod download "$1" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
}

is_made() { # path version
  [ -x "$cache/$1" ] && [ "$(cat "$cache/$1.version" 2> /dev/null)" = "$2" ]
}

# Another run may be building the same: the second waits, then finds it made.
make_once() { # path version command...     the command makes $building/NAME
  local path=$1 version=$2 began=$SECONDS; shift 2
  is_made "$path" "$version" && return
  mkdir -p "$(dirname "$cache/$path")"
  exec 9> "$cache/.lock"
  if command -v flock > /dev/null && ! flock --nonblock 9; then
    echo "waiting for another run that builds in $cache" >&2
    flock 9
  fi
  if ! is_made "$path" "$version"; then
    echo "building $path $version (once; minutes)" >&2
    building=$(mktemp -d "$cache/.building.XXXXXX")
    fetching "$@"
    mv "$building/${path##*/}" "$cache/$path"
    rm -rf "$building"
    echo "$version" > "$cache/$path.version"
    echo "built $path in $((SECONDS - began)) s" >&2
  fi
  exec 9>&-
}

tool() { # path package version [ldflags]
  make_once "$1" "$3" install_tool "$2@$3" "${4:-}"
}

install_tool() { # package@version ldflags
  (cd / && GOBIN=$building GOWORK=off CGO_ENABLED=0 nice go install -trimpath -ldflags "-s -w $2" "$1")
}

make_helm() {
  tool kube/bin/helm helm.sh/helm/v3/cmd/helm $helm_version "-X helm.sh/helm/v3/internal/version.version=$helm_version"
}

make_tools() {
  make_helm
  tool kube/bin/kubeconform github.com/yannh/kubeconform/cmd/kubeconform v0.8.0
  is_made kube/bin/kubectl $kubernetes || tool kube/bin/kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.8.1
  tool eg/bin/egctl github.com/envoyproxy/gateway/cmd/egctl $envoy_gateway "-X github.com/envoyproxy/gateway/internal/cmd/version.envoyGatewayVersion=$envoy_gateway"
}

is_kubernetes_made() {
  is_made kube/bin/etcd $kubernetes && is_made kube/bin/kubectl $kubernetes && is_made kube/bin/kube-apiserver $kubernetes \
    && is_made kube/bin/helm $helm_version
}

make_kubernetes() {
  make_helm
  make_once kube/bin/etcd $kubernetes build_kubernetes etcd go.etcd.io/etcd/server/v3
  make_once kube/bin/kubectl $kubernetes build_kubernetes kubectl k8s.io/kubernetes/cmd/kubectl
  make_once kube/bin/kube-apiserver $kubernetes build_kubernetes kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
}

# A released k8s.io/kubernetes takes its staging modules from ./staging, which no module's zip contains, so `go install` refuses it. A module
# of our own that requires it, with every staging module replaced by its release of the same number, builds it. No `go get` in it: that would
# lift etcd and gRPC above what Kubernetes names.
build_kubernetes() { # name package
  local at info=k8s.io/component-base/version
  at=$(module "k8s.io/kubernetes@$kubernetes") || return
  {
    echo "module kubernetes-for-tests"
    grep '^go ' "$at/go.mod"
    echo "require k8s.io/kubernetes $kubernetes"
    sed -n "s#^\t\(k8s.io/[a-z-]*\) => ./staging/.*#replace \1 => \1 v0.${kubernetes#v1.}#p" "$at/go.mod"
  } > "$building/go.mod"
  (cd "$building" && GOFLAGS=-mod=mod GOWORK=off CGO_ENABLED=0 nice go build -trimpath -o "$1" \
    -ldflags "-s -w -X $info.gitVersion=$kubernetes -X $info.gitMajor=1 -X $info.gitMinor=$(cut -d. -f2 <<< $kubernetes) -X $info.gitTreeState=clean" "$2")
}

kustomized() { # folder
  if [ -x "$cache/kube/bin/kubectl" ]; then "$cache/kube/bin/kubectl" kustomize "$1"; else "$cache/kube/bin/kustomize" build "$1"; fi
}

make_schemas() { # out
  fetching schema_sources > "$1.sources"
  mapfile -t sources < "$1.sources"
  python3 check/schemas.py "$1" "${sources[@]}" crds
}

# Kubernetes' own schemas first.
schema_sources() {
  source_in k8s.io/kubernetes@$kubernetes api/openapi-spec/swagger.json \
    && source_in sigs.k8s.io/gateway-api-inference-extension@v1.5.0 config/crd/bases \
    && source_in github.com/envoyproxy/gateway@$envoy_gateway charts/gateway-helm/charts/crds/crds \
    && source_in sigs.k8s.io/lws@v0.7.0 config/crd/bases \
    && source_in istio.io/api@v1.28.0 kubernetes/customresourcedefinitions.gen.yaml \
    && source_in github.com/prometheus-operator/prometheus-operator@v0.85.0 example/prometheus-operator-crd
}

source_in() { # module path
  local at; at=$(module "$1") && echo "$at/$2"
}
