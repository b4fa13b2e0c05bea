{{- define "ipviz.fullname" -}}
{{- .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-ipviz" .Release.Name) (contains "ipviz" .Release.Name)) | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* For what stands outside of our namespace, where another release may be too. */}}
{{- define "ipviz.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "ipviz.fullname" .) -}}
{{- end -}}

{{- define "ipviz.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "ipviz.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "ipviz.selector" -}}
app.kubernetes.io/name: ipviz
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "ipviz.labels" -}}
{{ include "ipviz.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end -}}

{{- define "ipviz.host" -}}
{{- (urlParse .Values.settings.IPVIZ_BASE_URL).hostname -}}
{{- end -}}

{{/* Whose rights a role's binding gives: our service account's. */}}
{{- define "ipviz.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "ipviz.serviceAccount" . }}
    namespace: {{ .Release.Namespace }}
{{- end -}}
