"""B1: a cluster that we cannot read, wholly or in part."""

from collections.abc import Iterable, Mapping

from ipviz.domain.consumers import name_of
from ipviz.domain.estate import ClusterFacts
from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.scene import Scene
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import full_name, steps

_NO_CURE = (
    "Findings that rest on this cluster stay as they were last known, marked stale; none is closed by this."
)


def _blind(scene: Scene) -> Iterable[Clash]:
    for facts in scene.clusters:
        since = _outdated(facts, scene)
        if facts.provisioned and (facts.error or facts.unread or facts.missing or facts.unreadable or since):
            severity = Severity.HIGH if since or _sees_nothing(facts) else Severity.MEDIUM
            yield Clash(facts.path, severity, note=since, about=(facts,))


def _outdated(facts: ClusterFacts, scene: Scene) -> str:
    """Since when nobody has even tried, where that is too long."""
    limit = scene.estate.outdated_before
    if limit is None or facts.polled_at is None or facts.polled_at >= limit:
        return ""
    return f"Nobody has tried to read it since {facts.polled_at:%Y-%m-%d %H:%M:%S} UTC."


def _sees_nothing(facts: ClusterFacts) -> bool:
    return bool(facts.error) or (bool(facts.unread) and set(facts.read_at) <= set(facts.unread))


def _tell(clash: Clash) -> Words:
    (facts,) = clash.about
    name = full_name(facts.path)
    explanation = " ".join((B1.explain(clash), *_reasons(facts)))
    return Words(_title(facts, name, clash.note), explanation, _remedy(facts, name, clash.note))


def _title(facts: ClusterFacts, name: str, outdated: str) -> str:
    if _sees_nothing(facts):
        return f"{name} cannot be read"
    if outdated:
        return f"{name} is not being read"
    if facts.unread:
        return f"{name} can be read only in part: {_kinds(facts.unread)} cannot"
    if facts.missing:
        return f"{name} does not know {_kinds(facts.missing)}"
    return f"{name} holds objects that were not understood: {_counted(facts.unreadable)}"


def _counted(unreadable: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{len(names)} {kind}" for kind, names in sorted(unreadable.items()))


def _kinds(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kinds))


def _reasons(facts: ClusterFacts) -> Iterable[str]:
    """What was said, once a reason."""
    if facts.error:
        yield f"Reason: {facts.error.rstrip('.')}."
    for reason in sorted(set(facts.unread.values())):
        kinds = _kinds(kind for kind, each in facts.unread.items() if each == reason)
        yield f"{kinds}: {reason.rstrip('.')}."
    if facts.missing:
        yield f"Its API does not serve {_kinds(facts.missing)}."
    if facts.unreadable:
        yield f"Not understood: {_counted(facts.unreadable)}."
    if facts.read_at:
        oldest = min(facts.read_at.values())
        yield f"The oldest of what is known of it is from {oldest:%Y-%m-%d %H:%M:%S} UTC."


def _remedy(facts: ClusterFacts, name: str, outdated: str) -> str:
    causes = [cure.replace("KUBECONFIG", _kubeconfig(facts)) for cure in _cures(facts)]
    if outdated:
        causes.append("Look whether ipviz's own schedule and workers run, and what their logs say.")
    if facts.unreadable:
        causes.append(
            f"The page of {name} names each object and says what is wrong with it; mend it there, or tell us "
            "where it is right."
        )
    if facts.missing:
        causes.append(
            f"Install what serves {_kinds(facts.missing)} in {name}, or remove the cluster from ipviz."
        )
    return steps(*causes, _NO_CURE)


def _cures(facts: ClusterFacts) -> list[str]:
    """What helps, by the words of the reasons; where they say nothing, most often it is the network."""
    text = " ".join((facts.error, *facts.unread.values())).lower().strip()
    named = [cure for words, cure in _CURES if any(word in text for word in words)]
    return named or ([_CURES[-1][1]] if text else [])


def _kubeconfig(facts: ClusterFacts) -> str:
    where = name_of(facts.path)
    if where is None:
        return "the kubeconfig that was mounted for it"
    management = facts.management or facts.path.split("/", 1)[0]
    return f"the Secret {facts.name}-kubeconfig in namespace {where[0]} of {management}"


_CURES = (
    (
        ("x509", "certificate", "unknown authority", "tls", "ssl"),
        "The certificate is not the one that we expect. A workload cluster is reached through "
        "its API address, so another host may answer there now: look for collisions on that address first. "
        "Where its certificates were renewed, renew KUBECONFIG.",
    ),
    (
        ("403", "forbidden"),
        "Our account may not list it. Grant what deploy/rbac grants; look what is allowed with:\n"
        "  kubectl auth can-i --list",
    ),
    (
        ("401", "unauthorized", "credential", "token"),
        "Our credentials are refused. Renew KUBECONFIG, which is read anew for every poll.",
    ),
    (
        ("kubeconfig", "secret"),
        "The kubeconfig cannot be had or used. Look at KUBECONFIG: whether it is there, and "
        "whether our account may get it. One that names exec, auth-provider or files is refused.",
    ),
    (
        ("429", "throttl", "too many"),
        "Its API asks us to come more slowly. Lengthen the poll interval, or look what else keeps it busy.",
    ),
    (
        ("timeout", "timed out", "refused", "unreachable", "route", "resolve", "connection", "network"),
        "Look whether its API answers from where ipviz runs, and whether a firewall lies between:\n"
        "  kubectl --request-timeout=5s get --raw /readyz",
    ),
)

B1 = Rule(
    id="B1",
    finding_class=FindingClass.BLIND_SPOT,
    severity=Severity.HIGH,
    title="A cluster cannot be read, wholly or in part",
    what="What this cluster uses now is not known, so a clash with it may go unseen.",
    remedy="Restore the sight: permissions, kubeconfig, network or certificates, as the reason says.",
    on_segment=_blind,
    tell=_tell,
)
