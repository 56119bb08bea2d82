{{- /* The release as a Service may be called: without dots, and with a letter first. */ -}}
{{- define "pickwick.release" -}}
{{- $name := .Release.Name | lower | replace "." "-" -}}
{{- if regexMatch "^[0-9]" $name }}pool-{{ end }}{{ $name }}
{{- end -}}

{{- /* Two names that begin alike must stay two when they are cut. */ -}}
{{- define "pickwick.name" -}}
{{- $name := include "pickwick.release" . -}}
{{- if gt (len $name) 40 }}{{ $name = printf "%s-%s" ($name | trunc 40 | trimSuffix "-") (.Release.Name | sha256sum | trunc 8) }}{{ end -}}
{{ $name }}-epp
{{- end -}}

{{- /* A number from a values file is a float, and a large one would be written with an exponent. */ -}}
{{- define "pickwick.number" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{- /* The ports of the model servers' KV events, as a JSON list of [first, last] in rising order. */ -}}
{{- define "pickwick.eventPorts" -}}
{{- $kv := .Values.inferenceExtension.prefixCache.kvEvents -}}
{{- $ranges := list (list (int $kv.port) (add $kv.port $kv.ranks -1 | int)) -}}
{{- if $kv.replayPort -}}
{{- $replay := list (int $kv.replayPort) (add $kv.replayPort $kv.ranks -1 | int) -}}
{{- if lt (int $kv.replayPort) (int $kv.port) }}{{ $ranges = prepend $ranges $replay }}{{ else }}{{ $ranges = append $ranges $replay }}{{ end -}}
{{- end -}}
{{ toJson $ranges }}
{{- end -}}

{{- define "pickwick.pool" -}}
{{ .Values.inferencePool.name | default .Release.Name }}
{{- end -}}

{{- define "pickwick.poolGroup" -}}
{{ index (splitList "/" .Values.inferencePool.apiVersion) 0 }}
{{- end -}}

{{- define "pickwick.serviceAccount" -}}
{{ .Values.inferenceExtension.serviceAccount.name | default (include "pickwick.name" .) }}
{{- end -}}

{{- define "pickwick.image" -}}
{{- $image := .Values.inferenceExtension.image -}}
{{ with $image.registry }}{{ . }}/{{ end }}{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- /* The labels by which a Service and the Deployment find the pods; those of GIE's chart, so that a release can be upgraded from it. */ -}}
{{- define "pickwick.selector" -}}
inferencepool: {{ include "pickwick.name" . }}
{{- end -}}

{{- define "pickwick.labels" -}}
app.kubernetes.io/name: {{ include "pickwick.name" . }}
app.kubernetes.io/part-of: pickwick
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{- define "pickwick.replicated" -}}
{{- if or .Values.inferenceExtension.autoscaling.enabled (gt (int .Values.inferenceExtension.replicas) 1) }}true{{ end -}}
{{- end -}}

{{- define "pickwick.modelServers" -}}
{{- if not .Values.inferencePool.modelServers.matchLabels -}}
{{- fail "inferencePool.modelServers.matchLabels is required: the labels of the pods that serve the model, such as --set inferencePool.modelServers.matchLabels.app=vllm-qwen3" -}}
{{- end -}}
{{ toYaml .Values.inferencePool.modelServers.matchLabels }}
{{- end -}}

{{- /* Envoy Gateway can't take a certificate unseen, so without one of the user's it is met in plaintext HTTP/2. */ -}}
{{- define "pickwick.secure" -}}
{{- $tls := .Values.inferenceExtension.tls -}}
{{- if and $tls.enabled (or $tls.secretName (ne .Values.provider.name "envoy-gateway")) }}true{{ end -}}
{{- end -}}

{{- define "pickwick.elects" -}}
{{- if and .Values.inferenceExtension.leaderElection.enabled (include "pickwick.replicated" .) }}true{{ end -}}
{{- end -}}
