"""What a hook is called with: the shape of Alertmanager's webhooks, version 4, for what reads those already.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from ipviz.alerts.emails import Item
from ipviz.alerts.policy import Policy
from ipviz.alerts.wording import one_line, several_lines
from ipviz.domain.news import Reason
from ipviz.domain.spans import address_text
from ipviz.findings.models import Finding, Party

VERSION = "4"
RECEIVER = "ipviz"
MOST_ALERTS = 500
MOST_CLUSTERS = 20
STILL_SO = "0001-01-01T00:00:00Z"
"""Alertmanager's word for an alert without an end: Go's zero time."""
IDENTITY = ("alertname", "segment", "address", "first", "last")
"""The labels that stay as they are for as long as there is the finding."""


def payload(items: Sequence[Item], policy: Policy, url: str) -> str:
    """The JSON of one call, in ASCII: however it is read, these are the bytes that were signed.

    It tells what is news, and not all that there is: a group is of the same findings only, so that the end
    of some is none of the others'.

    Args:
        items: at least one; of very many the worst, and the rest is counted.
    """
    ordered = sorted(items, key=lambda item: (_is_over(item), item.finding.severity_rank))
    alerts = [_alert(item, policy) for item in ordered[:MOST_ALERTS]]
    labels = _common([_labels(item) for item in ordered[:MOST_ALERTS]])
    fingerprints = sorted(_fingerprint(item.finding) for item in items)
    return json.dumps(
        {
            "version": VERSION,
            "groupKey": f"{RECEIVER}:{_digest(url, *fingerprints)}",
            "truncatedAlerts": max(len(items) - MOST_ALERTS, 0),
            "status": _status(all(map(_is_over, items))),
            "receiver": RECEIVER,
            "groupLabels": {name: labels[name] for name in IDENTITY if name in labels},
            "commonLabels": labels,
            "commonAnnotations": _common([_annotations(item) for item in ordered[:MOST_ALERTS]]),
            "externalURL": policy.base_url,
            "alerts": alerts,
        }
    )


def _alert(item: Item, policy: Policy) -> dict[str, object]:
    finding, is_over = item.finding, _is_over(item)
    return {
        "status": _status(is_over),
        "labels": _labels(item),
        "annotations": _annotations(item),
        "startsAt": _moment(finding.first_seen),
        "endsAt": _moment(finding.resolved_at or finding.last_seen) if is_over else STILL_SO,
        "generatorURL": policy.base_url + finding.get_absolute_url(),
        "fingerprint": _fingerprint(finding),
    }


def _is_over(item: Item) -> bool:
    """What comes and goes is not, though it be away just now: its end is told when it is one."""
    return item.reason is Reason.RESOLVED


def _status(is_over: bool) -> str:
    return "resolved" if is_over else "firing"


def _labels(item: Item) -> dict[str, str]:
    finding = item.finding
    labels = {
        "alertname": finding.rule,
        "class": finding.finding_class,
        "severity": finding.severity,
        "segment": finding.segment.name,
        **_place(finding),
        "clusters": _clusters(item.parties),
    }
    return _said(labels)


def _place(finding: Finding) -> dict[str, str]:
    span = finding.span
    if span is None:
        return {}
    if span.is_single:
        return {"address": span.first_text}
    return {"first": span.first_text, "last": address_text(span.version, span.last)}


def _clusters(parties: Sequence[Party]) -> str:
    paths = sorted({party.cluster_path for party in parties})
    more = len(paths) - MOST_CLUSTERS
    return ",".join([*paths[:MOST_CLUSTERS], *([f"and {more} more"] if more > 0 else [])])


def _annotations(item: Item) -> dict[str, str]:
    finding = item.finding
    texts = {
        "summary": finding.title,
        "description": finding.explanation,
        "reason": item.reason,
        "because": item.because,
    }
    return _said(texts) | {"remedy": "\n".join(several_lines(finding.remedy))}


def _said(texts: Mapping[str, str]) -> dict[str, str]:
    """Each inert; to Alertmanager a label without a value is none."""
    return {name: said for name, text in texts.items() if (said := one_line(text))}


def _common(each: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What all of them say alike."""
    first, *others = each
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def _fingerprint(finding: Finding) -> str:
    """That of the finding whenever it is there; `startsAt` tells its times apart.

    What comes and goes is told as one, and ends under a later occurrence than it began with.
    """
    return _digest(finding.segment.name, finding.rule, finding.subject)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _digest(*texts: str) -> str:
    whole = "\n".join(texts).encode(errors="replace")
    return sha256(whole).hexdigest()[:16]
