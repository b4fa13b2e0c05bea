"""The chart as Helm itself renders it, without any cluster."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from helm_python import Chart

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "ipviz"
NAME, NAMESPACE = "ipviz", "ipviz"

Object = dict[str, Any]
Values = Mapping[str, Any]

INGRESS_NGINX = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}

ALL: Values = {
    "settings": {
        "IPVIZ_BASE_URL": "https://ipviz.example.org",
        "IPVIZ_HISTORY_DAYS": 100,
        "IPVIZ_LOCAL_SIGN_IN": False,
        "IPVIZ_OIDC_CLIENT_ID": "ipviz",
        "IPVIZ_OIDC_ISSUER": "https://dex.example.org",
        "IPVIZ_OIDC_ROLES": "platform=operator,*=viewer",
    },
    "credentials": {
        "EMAIL_URL": {"secret": "mail", "key": "url"},
        "IPVIZ_METRICS_TOKEN": {"secret": "metrics", "key": "token"},
        "IPVIZ_OIDC_CLIENT_SECRET": {"secret": "dex", "key": "client"},
    },
    "imagePullSecrets": ["registry"],
    "kubeconfigs": {"secret": "kubeconfigs"},
    "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.org:3128"}],
    "extraVolumes": [{"name": "authority", "configMap": {"name": "authority"}}],
    "extraVolumeMounts": [{"name": "authority", "mountPath": "/etc/authority", "readOnly": True}],
    "pods": {
        "annotations": {"example.org/owner": "network"},
        "labels": {"example.org/team": "network"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "",
    },
    "serviceAccount": {"annotations": {"example.org/owner": "network"}},
    "rbac": {"workloadClusters": {"org-acme": ["alpha", "beta"]}, "allSecretsIn": ["org-lab"]},
    "service": {"annotations": {"example.org/owner": "network"}},
    "ingress": {"enabled": True, "className": "nginx", "annotations": {"a": "b"}, "tlsSecret": "tls"},
    "httpRoute": {"enabled": True, "annotations": {"a": "b"}, "parentRefs": [{"name": "edge"}]},
    "networkPolicy": {
        "from": [INGRESS_NGINX],
        "postgresql": {"to": [{"ipBlock": {"cidr": "198.51.100.10/32"}}]},
        "extra": [{"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": 443}]}],
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "p"}},
    "prometheusRule": {"enabled": True, "labels": {"release": "p"}},
    "dashboard": {"enabled": True, "annotations": {"folder": "ipviz"}},
}
"""Everything that can be switched on."""


def texts(values: Values | None = None, *, name: str = NAME, namespace: str = NAMESPACE) -> dict[str, str]:
    """What each template gives, by the template's name."""
    with Chart.load(CHART) as loaded:
        rendered = loaded.render(dict(values or {}), name=name, namespace=namespace)
    return {path.rpartition("/")[2]: text for path, text in rendered.items()}


def objects(values: Values | None = None, *, name: str = NAME, namespace: str = NAMESPACE) -> list[Object]:
    """What would be applied, each in its namespace."""
    rendered = texts(values, name=name, namespace=namespace)
    found: list[Object] = [
        each
        for path, text in rendered.items()
        if path.endswith(".yaml")
        for each in yaml.load_all(text, Loader=_Once)
        if each
    ]
    for each in found:
        if not each["kind"].startswith("ClusterRole"):
            each["metadata"].setdefault("namespace", namespace)
    return found


def only(found: list[Object], kind: str, name: str = "") -> Object:
    """The one of a kind, or that with this name."""
    (one,) = [each for each in found if each["kind"] == kind and name in ("", each["metadata"]["name"])]
    return one


def deployments(values: Values | None = None) -> dict[str, Object]:
    """The Pod's `spec` of each Deployment, by component."""
    return {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["template"]["spec"]
        for each in objects(values)
        if each["kind"] == "Deployment"
    }


class _Once(yaml.CSafeLoader):
    """Refuses a key that stands twice, which others would take for a mistake too."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice{node.start_mark}"
        return super().construct_mapping(node, deep)
