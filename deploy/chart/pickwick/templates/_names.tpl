{{- define "pickwick.name" -}}
{{ .Release.Name | lower | trunc 40 | trimSuffix "-" }}-epp
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
