{{- /* Refuses, with a sentence, what would install and not run, where values.schema.json can't say it. Renders nothing. */ -}}
{{- define "pickwick.checks" -}}
{{- include "pickwick.checkScheduling" . -}}
{{- include "pickwick.checkEvents" . -}}
{{- include "pickwick.checkPorts" . -}}
{{- include "pickwick.checkProtected" . -}}
{{- $epp := .Values.inferenceExtension -}}
{{- $pool := .Values.inferencePool -}}
{{- if and $epp.attachRoutes (eq .Values.provider.name "envoy-gateway") -}}
{{- fail "attachRoutes: Envoy Gateway knows no InferencePool; use experimentalHttpRoute" -}}
{{- end -}}
{{- if and (not $epp.serviceAccount.create) (not $epp.serviceAccount.name) -}}
{{- fail "serviceAccount.create: false needs serviceAccount.name: the account that is there already" -}}
{{- end -}}
{{- if and (ne $pool.apiVersion "inference.networking.k8s.io/v1") (gt (len $pool.targetPorts) 1) -}}
{{- fail (printf "inferencePool.targetPorts: a pool of %s has one port; several need inference.networking.k8s.io/v1" $pool.apiVersion) -}}
{{- end -}}
{{- end -}}

{{- define "pickwick.checkScheduling" -}}
{{- $epp := .Values.inferenceExtension -}}
{{- $tokenizer := $epp.prefixCache.tokenizer -}}
{{- if gt (len (compact (list $tokenizer.existingClaim $tokenizer.configMap $tokenizer.image))) 1 -}}
{{- fail "prefixCache.tokenizer: existingClaim, configMap and image exclude each other; keep one" -}}
{{- end -}}
{{- if not (or (has $epp.pluginsConfigFile (list "" "default-plugins.yaml")) (hasKey $epp.pluginsCustomConfig $epp.pluginsConfigFile)) -}}
{{- fail (printf "pluginsConfigFile: %s is neither default-plugins.yaml nor a key of pluginsCustomConfig" $epp.pluginsConfigFile) -}}
{{- end -}}
{{- end -}}

{{- define "pickwick.checkEvents" -}}
{{- $prefix := .Values.inferenceExtension.prefixCache -}}
{{- $kv := $prefix.kvEvents -}}
{{- $protects := .Values.inferenceExtension.networkPolicy.protectModelServers -}}
{{- if and (eq $kv.direction "bind") (include "pickwick.replicated" .) -}}
{{- fail "prefixCache.kvEvents.direction: bind needs replicas: 1, because an engine that connects to a Service reaches one replica only; use direction: discover" -}}
{{- end -}}
{{- if ne $prefix.mode "tracking" -}}
{{- $idle := list -}}
{{- if ne $kv.direction "discover" }}{{ $idle = append $idle "direction" }}{{ end -}}
{{- if $kv.curveSecret }}{{ $idle = append $idle "curveSecret" }}{{ end -}}
{{- /* With protectModelServers these say which ports it closes, whoever switches tracking on. */ -}}
{{- if not $protects -}}
{{- range $name, $default := dict "port" 5557 "replayPort" 5558 "ranks" 1 -}}
{{- if ne (int (get $kv $name)) $default }}{{ $idle = append $idle $name }}{{ end -}}
{{- end -}}
{{- end -}}
{{- with $idle -}}
{{- fail (printf "prefixCache.kvEvents: %s would have no effect, because prefixCache.mode is not tracking; set that, or leave it to an InferenceTrafficPolicy to say" (join ", " .)) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $kv.direction "discover") $kv.replayPort -}}
{{- $apart := sub $kv.replayPort $kv.port | int -}}
{{- if and (lt $apart (int $kv.ranks)) (gt $apart (sub 0 $kv.ranks | int)) -}}
{{- fail (printf "prefixCache.kvEvents: each of %v ranks has a port of its own from port and from replayPort upwards; keep the two that far apart, such as replayPort: %v" $kv.ranks (add $kv.port 100)) -}}
{{- end -}}
{{- end -}}
{{- range include "pickwick.eventPorts" . | fromJsonArray -}}
{{- if gt (int (index . 1)) 65535 -}}
{{- fail (printf "prefixCache.kvEvents: from port %v upwards there is no room for %v ranks; take a lower port" (index . 0) $kv.ranks) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The ports that we open. The gRPC health service has 9003, which no value changes. */ -}}
{{- define "pickwick.checkPorts" -}}
{{- $epp := .Values.inferenceExtension -}}
{{- $kv := $epp.prefixCache.kvEvents -}}
{{- $ours := dict "extProcPort" $epp.extProcPort "metricsPort" $epp.metricsPort -}}
{{- if eq $kv.direction "bind" }}{{ $_ := set $ours "prefixCache.kvEvents.port" $kv.port }}{{ end -}}
{{- $taken := dict "9003" "the gRPC health service" -}}
{{- range $name, $port := $ours -}}
{{- $port = int $port -}}
{{- if lt $port 1024 -}}
{{- fail (printf "%s: %d is below 1024, and the container's user is not root, so it may not open it; take 1024 or higher" $name $port) -}}
{{- end -}}
{{- with get $taken (toString $port) -}}
{{- fail (printf "%s: %d is the port of %s already; take another one" $name $port .) -}}
{{- end -}}
{{- $_ := set $taken (toString $port) $name -}}
{{- end -}}
{{- if eq $kv.direction "discover" -}}
{{- range $name, $port := $ours -}}
{{- if eq (int $port) (int $kv.port) -}}
{{- fail (printf "%s: %d is the port of prefixCache.kvEvents.port in the Service already; take another one" $name (int $port)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* What protectModelServers closes must not be where others have to reach the model servers. */ -}}
{{- define "pickwick.checkProtected" -}}
{{- if .Values.inferenceExtension.networkPolicy.protectModelServers -}}
{{- $open := list -}}
{{- range .Values.inferencePool.targetPorts }}{{ $open = append $open (list "inferencePool.targetPorts" (int .number)) }}{{ end -}}
{{- with .Values.inferenceExtension.metricsDataSource.port }}{{ $open = append $open (list "metricsDataSource.port" (int .)) }}{{ end -}}
{{- range $closed := include "pickwick.eventPorts" . | fromJsonArray -}}
{{- range $port := $open -}}
{{- if and (ge (index $port 1) (int (index $closed 0))) (le (index $port 1) (int (index $closed 1))) -}}
{{- fail (printf "networkPolicy.protectModelServers closes the KV event ports %v to %v to all but the picker, and %s has %d among them; choose another prefixCache.kvEvents.port or replayPort" (index $closed 0) (index $closed 1) (index $port 0) (index $port 1)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
