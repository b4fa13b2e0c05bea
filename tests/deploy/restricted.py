"""The Pod Security Standard `restricted`, for where no API server that knows it is at hand.

Written after https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from collections.abc import Iterator

from tests.envtest import Object

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
SECCOMP = {"RuntimeDefault", "Localhost"}
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def violations(spec: Object) -> list[str]:
    """What the standard says against a Pod's `spec`."""
    return [*_of_the_pod(spec), *_of_containers(spec)]


def _of_the_pod(spec: Object) -> Iterator[str]:
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name))
    for volume in spec.get("volumes", ()):
        if not volume.keys() - {"name"} <= VOLUMES:
            yield f"volume {volume['name']}"
    if spec.get("securityContext", {}).get("sysctls"):
        yield "sysctls"


def _of_containers(spec: Object) -> Iterator[str]:
    of_the_pod = spec.get("securityContext", {})
    for container in (each for kind in CONTAINERS for each in spec.get(kind, ())):
        own = container.get("securityContext", {})
        both = {**of_the_pod, **own}
        capabilities = own.get("capabilities", {})
        is_good = {
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "capabilities": capabilities.get("drop") == ["ALL"]
            and set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"},
            "privileged": not own.get("privileged"),
            "procMount": own.get("procMount", "Default") == "Default",
            "runAsNonRoot": both.get("runAsNonRoot") is True,
            "runAsUser": both.get("runAsUser") != 0,
            "seccompProfile": both.get("seccompProfile", {}).get("type") in SECCOMP,
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", ())),
        }
        yield from (f"{name} of {container['name']}" for name, good in is_good.items() if not good)
