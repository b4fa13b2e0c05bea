"""Stand-ins for kinds that others define: as much of them as the chart uses, and nothing else is taken.

Written after the documentation of the Prometheus operator and of the Gateway API, whose own files are not
at hand.
"""

from tests.envtest import Object, small_crd

TEXT: Object = {"type": "string"}
TEXTS: Object = {"type": "object", "additionalProperties": TEXT}


def all_of(needed: tuple[str, ...] = (), **properties: Object) -> Object:
    return {"type": "object", "properties": properties, "required": list(needed) or list(properties)}


def many(items: Object) -> Object:
    return {"type": "array", "items": items}


SERVICE_MONITOR = all_of(
    selector=all_of(matchLabels=TEXTS),
    endpoints=many(
        all_of(
            port=TEXT,
            path=TEXT,
            interval=TEXT,
            authorization=all_of(type=TEXT, credentials=all_of(name=TEXT, key=TEXT)),
        )
    ),
)
RULE = all_of(
    ("expr",),
    alert=TEXT,
    record=TEXT,
    expr={"x-kubernetes-int-or-string": True},
    **{"for": TEXT},
    keep_firing_for=TEXT,
    labels=TEXTS,
    annotations=TEXTS,
)
PROMETHEUS_RULE = all_of(groups=many(all_of(("name",), name=TEXT, interval=TEXT, rules=many(RULE))))
PARENT = all_of(("name",), name=TEXT, namespace=TEXT, sectionName=TEXT)
HTTP_ROUTE = all_of(
    parentRefs=many(PARENT),
    hostnames=many(TEXT),
    rules=many(all_of(backendRefs=many(all_of(name=TEXT, port={"type": "integer"})))),
)

DEFINITIONS = [
    small_crd("ServiceMonitor", "monitoring.coreos.com", ["v1"], True, SERVICE_MONITOR),
    small_crd("PrometheusRule", "monitoring.coreos.com", ["v1"], True, PROMETHEUS_RULE),
    small_crd("HTTPRoute", "gateway.networking.k8s.io", ["v1"], True, HTTP_ROUTE),
]
