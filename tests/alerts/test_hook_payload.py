"""What a hook is called with: the shape that whatever reads Alertmanager's webhooks expects."""

import json
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ipviz.alerts.emails import Item
from ipviz.alerts.hook_payload import MOST_ALERTS, MOST_CLUSTERS, payload
from ipviz.clusters.models import Segment
from ipviz.domain.news import Reason
from ipviz.domain.spans import Span, first_key, last_key, parse_address, parse_range
from ipviz.findings.models import Finding, Party
from tests.alerts.stories import AT, HOUR, POLICY, TITLE, add_party, opens, resolves, returns, suspected
from tests.alerts.test_emails import HOSTILE

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.org/services/wDcXk3pQz81LmN"
EXPLANATION = "Both answer ARP for it, so that whoever asks reaches one or the other."


def item_of(finding: Finding, reason: Reason = Reason.FIRST, because: str = "two looks agreed") -> Item:
    return Item(finding, list(Party.objects.filter(finding=finding)), reason, because)


def read(*items: Item, url: str = URL) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(payload(items, POLICY, url))
    return read


def at(span: Span) -> dict[str, str]:
    """Where a finding is, as it is stored."""
    return {"first_key": first_key(span), "last_key": last_key(span)}


ADDRESS = parse_address("192.0.2.7")


def test_an_opening_has_all_that_alertmanager_would_say() -> None:
    finding = suspected(**at(ADDRESS))
    told = read(item_of(finding))
    fingerprint, group = told["alerts"][0].pop("fingerprint"), told.pop("groupKey")
    labels = {
        "alertname": "C4",
        "class": "collision",
        "severity": "critical",
        "segment": "default",
        "address": "192.0.2.7",
        "clusters": "blue,green",
    }
    annotations = {
        "summary": TITLE,
        "description": EXPLANATION,
        "reason": "first",
        "because": "two looks agreed",
        "remedy": "Give one of the two Services another address:\n  kubectl edit service web",
    }
    assert told == {
        "version": "4",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "ipviz",
        "groupLabels": {"alertname": "C4", "segment": "default", "address": "192.0.2.7"},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "https://ipviz.example.org",
        "alerts": [
            {
                "status": "firing",
                "labels": labels,
                "annotations": annotations,
                "startsAt": "2026-03-01T09:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": f"https://ipviz.example.org/findings/{finding.pk}/",
            }
        ],
    }
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint)
    assert re.fullmatch(r"ipviz:[0-9a-f]{16}", group)


def test_an_end_is_the_same_alert_with_an_end() -> None:
    finding = suspected()
    opens(finding)
    began = read(item_of(finding))
    resolves(finding)
    ended = read(item_of(finding, Reason.RESOLVED, "read again, and no longer so"))
    assert (ended["status"], ended["groupKey"]) == ("resolved", began["groupKey"])
    (first,), (last,) = began["alerts"], ended["alerts"]
    assert (last["status"], last["endsAt"]) == ("resolved", "2026-03-01T10:00:00Z")
    for same in ("labels", "startsAt", "generatorURL", "fingerprint"):
        assert last[same] == first[same]


def test_several_have_in_common_what_all_of_them_say() -> None:
    hazard = {"rule": "H1", "finding_class": "hazard", "severity": "high", "severity_rank": 1}
    first, second = suspected(**at(ADDRESS)), suspected("192.0.2.8", title="Another", **hazard)
    told = read(item_of(first), item_of(second))
    assert told["commonLabels"] == {"segment": "default", "clusters": "blue,green"}
    assert told["groupLabels"] == {"segment": "default"}
    assert told["commonAnnotations"].keys() == {"description", "reason", "because", "remedy"}
    assert [each["labels"]["alertname"] for each in told["alerts"]] == ["C4", "H1"]


@pytest.mark.parametrize(
    ("reasons", "status"),
    [
        ([Reason.RESOLVED, Reason.RESOLVED], "resolved"),
        ([Reason.RESOLVED, Reason.FIRST], "firing"),
        ([Reason.WORSE], "firing"),
        ([Reason.REMINDER], "firing"),
        ([Reason.FLAPPING], "firing"),
    ],
)
def test_all_is_over_only_when_each_is(reasons: list[Reason], status: str) -> None:
    findings = [suspected(f"192.0.2.{n}") for n in range(len(reasons))]
    told = read(*map(item_of, findings, reasons))
    assert told["status"] == status
    assert {each["status"] for each in told["alerts"]} == {
        "resolved" if reason is Reason.RESOLVED else "firing" for reason in reasons
    }


def test_a_finding_without_an_end_of_its_own_ends_when_it_was_last_seen() -> None:
    finding = suspected(last_seen=AT + timedelta(minutes=5))
    assert read(item_of(finding, Reason.RESOLVED))["alerts"][0]["endsAt"] == "2026-03-01T09:05:00Z"


def test_a_range_has_two_ends_and_a_finding_of_no_address_none() -> None:
    ranged = read(item_of(suspected(**at(parse_range("192.0.2.1-192.0.2.9")))))
    assert {"first": "192.0.2.1", "last": "192.0.2.9"}.items() <= ranged["groupLabels"].items()
    assert "address" not in ranged["groupLabels"]
    assert read(item_of(suspected("pool")))["groupLabels"] == {"alertname": "C4", "segment": "default"}


def test_what_comes_and_goes_ends_as_what_it_began() -> None:
    """Its occurrences are counted meanwhile, and whoever was told of one waits for its end."""
    finding = suspected()
    flaps = read(item_of(finding, Reason.FLAPPING))
    returns(finding)
    ended = read(item_of(finding, Reason.RESOLVED))
    assert ended["alerts"][0]["fingerprint"] == flaps["alerts"][0]["fingerprint"]
    assert ended["groupKey"] == flaps["groupKey"]


def test_each_finding_has_a_fingerprint_of_its_own() -> None:
    elsewhere = Segment.objects.create(name="elsewhere")
    findings = [suspected(), suspected("192.0.2.8"), suspected(rule="C5")]
    findings.append(suspected(rule="C6"))
    findings[-1].segment = elsewhere
    told = read(*map(item_of, findings))
    assert len({each["fingerprint"] for each in told["alerts"]}) == 4


def test_the_end_of_some_is_not_the_end_of_the_others_group() -> None:
    first, second = suspected(), suspected("192.0.2.8")
    both = read(item_of(first), item_of(second))
    one = read(item_of(first, Reason.RESOLVED))
    assert one["groupKey"] != both["groupKey"]
    ended = read(item_of(second, Reason.RESOLVED), item_of(first, Reason.RESOLVED))
    assert ended["groupKey"] == both["groupKey"]


def test_two_hooks_are_two_groups_and_neither_names_its_url() -> None:
    item = item_of(suspected())
    first, second = read(item), read(item, url=URL + "x")
    assert first["groupKey"] != second["groupKey"]
    assert "wDcXk3pQz81LmN" not in payload([item], POLICY, URL)


def test_of_very_many_the_worst_are_told_and_the_rest_is_counted() -> None:
    item = item_of(suspected(severity="low", severity_rank=3))
    worst = item_of(suspected("192.0.2.8"))
    told = read(*[item] * MOST_ALERTS, replace(item, reason=Reason.RESOLVED), worst)
    assert (len(told["alerts"]), told["truncatedAlerts"]) == (MOST_ALERTS, 2)
    assert told["alerts"][0]["labels"]["severity"] == "critical"
    assert {each["status"] for each in told["alerts"]} == {"firing"}


def test_of_very_many_clusters_the_label_says_how_many_more() -> None:
    finding = suspected()
    for number in range(MOST_CLUSTERS + 10):
        add_party(finding, f"crowd-{number:02}")
    clusters = read(item_of(finding))["commonLabels"]["clusters"].split(",")
    assert (clusters[0], clusters[-1], len(clusters)) == ("blue", "and 12 more", MOST_CLUSTERS + 1)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_a_value(name: str) -> None:
    finding = suspected()
    parties = list(Party.objects.filter(finding=finding))
    # No database stores each of these; the payload does not rely on it.
    for key in ("title", "explanation", "remedy"):
        setattr(finding, key, f"It is {name}.")
    finding.subject = finding.segment.name = name
    for party in parties:
        party.cluster_path = name
    text = payload([Item(finding, parties, Reason.FIRST, name)], POLICY, URL)
    text.encode("ascii")
    told = json.loads(text)
    harmless = read(item_of(suspected("192.0.2.8")))
    assert told.keys() == harmless.keys()
    assert told["alerts"][0].keys() == harmless["alerts"][0].keys()
    values = told["commonLabels"] | told["commonAnnotations"]
    assert values.keys() == harmless["commonLabels"].keys() | harmless["commonAnnotations"].keys()
    assert "\n" not in "".join(value for key, value in values.items() if key != "remedy")
    for line in "\n".join(values.values()).split("\n"):
        assert not {unicodedata.category(c) for c in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert "://" not in line


def test_all_times_are_utc() -> None:
    finding = suspected(first_seen=AT.astimezone(tz=None), last_seen=AT + HOUR)
    assert read(item_of(finding))["alerts"][0]["startsAt"] == "2026-03-01T09:00:00Z"
