{{- /* What all Deployments share. Each is given (dict "root" $ "component" "web" "resources" .Values.web.resources). */ -}}

{{- define "ipviz.pod.metadata" -}}
labels:
  {{- include "ipviz.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with .root.Values.pods.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .root.Values.pods.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "ipviz.pod.spec" -}}
serviceAccountName: {{ include "ipviz.serviceAccount" .root }}
{{- /* The others ask no API server. */}}
automountServiceAccountToken: {{ has .component (list "web" "worker") }}
{{- /* REDIS_PORT and the like, from Services that happen to be there, are none of our settings. */}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.pods }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- if has .component (list "web" "worker") }}
{{- with .root.Values.pods.topologySpread }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml . | nindent 4 }}
    labelSelector:
      matchLabels:
        {{- include "ipviz.selector" $.root | nindent 8 }}
        app.kubernetes.io/component: {{ $.component }}
  {{- end }}
{{- end }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {}
  - name: data
    emptyDir: {}
  {{- with .root.Values.kubeconfigs.secret }}
  - name: kubeconfigs
    secret:
      secretName: {{ . }}
      defaultMode: 0440
  {{- end }}
  {{- with .root.Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "ipviz.container" -}}
{{- with .root.Values.image }}
image: {{ printf "%s%s" .repository (ternary (printf "@%s" .digest) (printf ":%s" (.tag | default $.root.Chart.AppVersion)) (not (empty .digest))) }}
imagePullPolicy: {{ .pullPolicy }}
{{- end }}
resources:
  {{- toYaml .resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
env:
  {{- include "ipviz.environment" . | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  - name: data
    mountPath: /data
  {{- if .root.Values.kubeconfigs.secret }}
  - name: kubeconfigs
    mountPath: /data/kubeconfigs
    readOnly: true
  {{- end }}
  {{- with .root.Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "ipviz.environment" -}}
{{- $name := include "ipviz.fullname" .root }}
{{- $service := printf "%s.%s" $name .root.Release.Namespace }}
{{- /* Kubelet and Prometheus call a Pod by its address. */}}
{{- $hosts := list "localhost" "127.0.0.1" (include "ipviz.host" .root) $name $service (printf "%s.svc" $service) "$(POD_IP)" "[$(POD_IP)]" }}
{{- with .root.Values.settings.ALLOWED_HOSTS }}
{{- $hosts = append $hosts . }}
{{- end -}}
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: ALLOWED_HOSTS
  value: {{ join "," (uniq $hosts) | quote }}
{{- range $name, $value := omit .root.Values.settings "ALLOWED_HOSTS" }}
- name: {{ $name }}
  value: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}
{{- end }}
{{- range $name, $from := .root.Values.credentials }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $from.secret }}
      key: {{ $from.key }}
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* One thing migrates: the schedule, of which there is one (ADR 29). The others wait, and say for what. */ -}}
{{- define "ipviz.await" -}}
- name: await-tables
  command:
    - sh
    - -c
    - |
      trap 'exit 1' TERM
      until python manage.py migrate --check >/dev/null; do
        echo 'Waiting until the Pod of the schedule has brought the tables up to date.'
        sleep 5
      done
  {{- include "ipviz.container" . | nindent 2 }}
{{- end -}}
