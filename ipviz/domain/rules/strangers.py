"""B2: where a workload cluster's API should answer, somebody does who is not trusted by its kubeconfig."""

from collections.abc import Iterable

from ipviz.domain.estate import ClusterFacts
from ipviz.domain.occupants import Occupant
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.seen import Fault
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import Namer, full_name, listed, steps


def _strangers(scene: Scene) -> Iterable[Clash]:
    for facts in scene.clusters:
        if facts.management and facts.provisioned and facts.fault is Fault.UNTRUSTED:
            yield _clash(facts, scene)


def _clash(facts: ClusterFacts, scene: Scene) -> Clash:
    """About the cluster, at its endpoint where that is one address.

    Only its own endpoint's objects are sides of it: they are read again with each poll of its management
    cluster, so that nobody who cannot be read holds it back.
    """
    endpoints = scene.endpoints.of(facts.path)
    spans = {each.span for each in endpoints}
    span = min(spans) if len(spans) == 1 else None
    others = [
        each
        for spot in map(scene.spot, sorted(spans))
        for each in (*spot.services, *spot.endpoints, *spot.allocations, *spot.nodes)
        if each.consumer.cluster not in ("", facts.path)
    ]
    return Clash(facts.path, Severity.CRITICAL, endpoints, _also_there(others), span, about=(facts,))


def _also_there(others: list[Occupant]) -> str:
    if not others:
        return ""
    namer = Namer.among(others)
    return f"That address is also stated by {listed(namer.occupant(each) for each in others)}."


def _tell(clash: Clash) -> Words:
    (facts,) = clash.about
    name = full_name(facts.path)
    where = f"{clash.span}, the API address of {name}" if clash.span else f"the API address of {name}"
    explanation = f"{B2.explain(clash)} Reason: {facts.error.rstrip('.')}."
    return Words(f"Another host may answer at {where}", explanation, _remedy(clash, facts))


def _remedy(clash: Clash, facts: ClusterFacts) -> str:
    host = str(clash.span) if clash.span else "ADDRESS"
    ports = [port.number for each in clash.occupants for port in each.ports]
    port = ports[0] if ports else 6443
    return steps(
        "Look whose certificate it is; its names tell the cluster:\n"
        f"  openssl s_client -connect {host}:{port} </dev/null 2>/dev/null"
        " | openssl x509 -noout -subject -issuer -ext subjectAltName",
        "On a host of that network, look how many answer: two hardware addresses are two hosts.\n"
        f"  arping -c 3 {host}",
        "Where it is another cluster's, one of the two has to leave the address: see the collisions on it.",
        f"Where it is its own with a new authority, renew the Secret {facts.name}-kubeconfig; where a proxy "
        "stands between, let ipviz reach the API without it.",
        "Send no credentials there, and do not skip the verification, before you know who it is.",
    )


B2 = Rule(
    id="B2",
    finding_class=FindingClass.BLIND_SPOT,
    severity=Severity.CRITICAL,
    title="Another host may answer at a cluster's API address",
    what=(
        "A workload cluster is reached through its own control plane address. What answers there now shows a "
        "certificate of another authority than the cluster's kubeconfig names, so it is perhaps another "
        "cluster that announces the same address."
    ),
    remedy="Find out whose certificate it is, and who answers ARP for the address.",
    on_segment=_strangers,
    tell=_tell,
)
