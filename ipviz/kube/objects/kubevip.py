"""kube-vip and its cloud provider, by their environment (docs/domain.md, "kube-vip itself")."""

from collections.abc import Mapping

from ipviz.domain import seen
from ipviz.domain.kubevip import KUBE_VIP_CLASS
from ipviz.kube.kinds import NAME_LIMIT
from ipviz.kube.objects.fields import checked_time, image_parts, is_terminating, ref_of
from ipviz.kube.wire import Identified, Int64, Shape

KUBE_VIP = "kube-vip"
CLOUD_PROVIDER = "kube-vip-cloud-provider"
_NODE_LEASES = "kube-node-lease"
# As Go's strconv.ParseBool reads them; what it cannot read stops kube-vip, so that it announces nothing.
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})


class EnvVar(Shape):
    name: str
    value: str | None = None


class Container(Shape):
    name: str | None = None
    image: str | None = None
    command: list[str] | None = None
    env: list[EnvVar] | None = None


class PodSpec(Shape):
    containers: list[Container]
    node_name: str | None = None


class Pod(Identified):
    spec: PodSpec


class PodTemplate(Shape):
    spec: PodSpec


class WorkloadSpec(Shape):
    template: PodTemplate


class Workload(Identified):
    """A Deployment or a DaemonSet."""

    spec: WorkloadSpec


class ConfigMap(Identified):
    data: dict[str, str] | None = None


class LeaseSpec(Shape):
    holder_identity: str | None = None
    lease_duration_seconds: Int64 | None = None
    renew_time: str | None = None


class Lease(Identified):
    spec: LeaseSpec | None = None


def kube_vip(kind: str, of: Pod) -> seen.SeenKubeVip | None:
    """Read the Pod if it runs kube-vip; its defaults are those of upstream.

    Source: kube-vip, pkg/kubevip/config_environment.go and cmd/kube-vip.go.
    """
    container = next((each for each in of.spec.containers if _is_kube_vip(each)), None)
    if container is None:
        return None
    env, namespace = _environment(container), of.metadata.namespace or ""
    serves_services = env.get("svc_enable") in _TRUE
    return seen.SeenKubeVip(
        ref=ref_of(kind, of.metadata),
        node=of.spec.node_name or "",
        addresses=_addresses(env),
        is_control_plane=env.get("cp_enable") in _TRUE,
        serves_services=serves_services,
        elects_per_service=serves_services and env.get("svc_election") in _TRUE,
        arp=env.get("vip_arp") in _TRUE,
        bgp=env.get("bgp_enable") in _TRUE,
        classes=_classes(env) if serves_services else (),
        interfaces=tuple(
            filter(None, dict.fromkeys((env.get("vip_interface", ""), env.get("vip_servicesinterface", ""))))
        ),
        control_plane_lease=_lease(
            env.get("vip_leasename") or "plndr-cp-lock", env.get("cp_namespace") or namespace
        ),
        services_lease=_lease(env.get("svc_leasename") or "plndr-svcs-lock", namespace),
        version=image_parts(container.image or "")[1],
        terminating=is_terminating(of.metadata),
    )


def cloud_provider(kind: str, of: Workload) -> seen.SeenCloudProvider | None:
    """Read the Deployment or DaemonSet if it runs the cloud provider; its defaults are those of upstream.

    Source: kube-vip-cloud-provider, pkg/provider/provider.go.
    """
    for container in of.spec.template.spec.containers:
        if _is_cloud_provider(container):
            env = _environment(container)
            by_class = env.get("KUBEVIP_ENABLE_LOADBALANCERCLASS") == "true"
            return seen.SeenCloudProvider(
                ref=ref_of(kind, of.metadata),
                config_namespace=env.get("KUBEVIP_NAMESPACE") or "kube-system",
                config_map=env.get("KUBEVIP_CONFIG_MAP") or "kubevip",
                version=image_parts(container.image or "")[1],
                load_balancer_class=(env.get("KUBEVIP_CUSTOM_LOADBALANCERCLASS_NAME") or KUBE_VIP_CLASS)
                if by_class
                else "",
            )
    return None


def config_map(kind: str, of: ConfigMap) -> seen.SeenConfigMap:
    return seen.SeenConfigMap(ref=ref_of(kind, of.metadata), data=tuple(sorted((of.data or {}).items())))


def lease(kind: str, of: Lease) -> seen.SeenLease | None:
    """Read a Lease that may be kube-vip's; the nodes' own are as many as nodes, and say nothing."""
    if of.metadata.namespace == _NODE_LEASES:
        return None
    spec = of.spec or LeaseSpec()
    return seen.SeenLease(
        ref=ref_of(kind, of.metadata),
        holder=(spec.holder_identity or "")[:NAME_LIMIT],
        duration_seconds=spec.lease_duration_seconds or 0,
        renewed_at=checked_time(spec.renew_time or "", "spec.renewTime is not a UTC time"),
    )


def _environment(container: Container) -> Mapping[str, str]:
    return {each.name: each.value or "" for each in container.env or ()}


def _is_kube_vip(container: Container) -> bool:
    return KUBE_VIP in (container.name, image_parts(container.image or "")[0])


def _is_cloud_provider(container: Container) -> bool:
    by_command = any(part.endswith(f"/{CLOUD_PROVIDER}") for part in container.command or ())
    return by_command or image_parts(container.image or "")[0].endswith(CLOUD_PROVIDER)


def _addresses(env: Mapping[str, str]) -> tuple[str, ...]:
    """The control plane's: `address` goes before the older `vip_address`; one of each family, by commas."""
    listed = (env.get("address") or env.get("vip_address") or "").split(",")
    return tuple(text for each in listed if (text := each.strip()))


def _classes(env: Mapping[str, str]) -> tuple[str, ...]:
    """Which load-balancer classes it serves.

    Source: kube-vip, pkg/services/watch_services.go: handled as it always was, a Service without a class is
    kube-vip's too, unless it is told to keep to its class; handled anew, the class must be the same.
    """
    name = env.get("lb_class_name", KUBE_VIP_CLASS)
    is_legacy = (env.get("lb_class_legacy_handling") or "true") in _TRUE
    serves_without = is_legacy and env.get("lb_class_only") not in _TRUE
    return tuple(dict.fromkeys(("", name) if serves_without else (name,)))


def _lease(name: str, namespace: str) -> str:
    return name if "/" in name else f"{namespace}/{name}"
