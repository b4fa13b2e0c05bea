"""What a token that is limited to some segments, or some clusters, sees: that, and no trace of the rest."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import Role
from ipviz.accounts.people import limit
from ipviz.accounts.tokens import create_token
from ipviz.domain.scope import Scope
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import sample
from tests.api.asking import V1, Api
from tests.api.conftest import NOW, Estate
from tests.api.test_shapes import SHAPES
from tests.builders import seen_service
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

BETA = "gmc/org-acme/beta"
LISTS = [path for path in SHAPES if "lookup" not in path]
AROUND = ("cursor=", "at=2026-01-15T09:09:30Z", "within=192.0.2.0/24", "segment=lab", "cluster=hmc")
OF_SEGMENTS = ("subnets/", "segments/")


def limited(role: Role = Role.VIEWER, segments: tuple[str, ...] = (), clusters: tuple[str, ...] = ()) -> Api:
    name = " ".join((role, *segments, *clusters))
    return Api(create_token(name, role, NOW, limits=Limits(segments=segments, clusters=clusters)))


@pytest.fixture
def both(estate: Estate) -> Estate:
    """With samples and changes on both segments."""
    for name in ("default", "lab"):
        sample(segment(name), estate_of(name), at=minutes(9.6))
    estate.seen(9.7, seen_service("web", annotation="192.0.2.190"))
    return estate


def place(row: dict[str, Any]) -> str:
    return str(row.get("cluster_path") or row.get("path") or "")


def is_of(row: dict[str, Any], path: str) -> bool:
    """Whether a row is of a cluster, or of one that it manages; a finding is by any of its parties."""
    places = [place(row), *map(place, row.get("parties", ()))]
    return any(each == path or each.startswith(f"{path}/") for each in places)


@pytest.mark.parametrize("path", LISTS)
def test_a_segment_is_seen_whole_and_no_other(api: Api, both: Estate, path: str) -> None:
    lab, every = limited(segments=("lab",)), api.rows(path, page_size=1000)
    expected = [row for row in every if row.get("segment", row.get("name")) == "lab"]
    assert lab.rows(path) == expected
    assert len(expected) < len(every)


@pytest.mark.parametrize("path", [each for each in LISTS if each not in OF_SEGMENTS])
@pytest.mark.parametrize("cluster", [BETA, "gmc", "hmc"])
def test_of_clusters_is_seen_what_is_in_them(api: Api, both: Estate, path: str, cluster: str) -> None:
    expected = [row for row in api.rows(path, page_size=1000) if is_of(row, cluster)]
    if path == "addresses/":  # the subnet is of the segment, and what it says of the prefix too
        expected = [
            {**row, "subnet": None, "prefix": row["prefix"] if row["role"] == "ALLOC" else None}
            for row in expected
        ]
    assert limited(clusters=(cluster,)).rows(path) == expected


@pytest.mark.parametrize("path", OF_SEGMENTS)
def test_of_the_segment_of_a_cluster_nothing_is_seen(both: Estate, path: str) -> None:
    assert limited(clusters=("gmc",)).rows(path) == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("asked", AROUND)
def test_no_way_of_asking_leads_around_it(both: Estate, path: str, asked: str) -> None:
    empty = segment("nothing-here").name
    answer = limited(segments=(empty,)).client.get(f"{V1}{path}?{asked}")
    errors = answer.json().get("errors", {})
    if "segment=" in asked:
        assert errors["segment"] == ["There is no segment lab: they are nothing-here."]
    elif "at=" in asked and path != "segments/":
        assert errors["at"] == ["Nothing is known yet: that is not to say that nothing was."]
    else:
        assert [row for row in answer.json()["results"] if row.get("name") != empty] == []


@pytest.mark.parametrize("path", LISTS)
def test_lines_tell_no_more_than_pages(both: Estate, path: str) -> None:
    beta = limited(clusters=(BETA,))
    lines = beta.client.get(V1 + path, headers={"Accept": "application/x-ndjson"})
    told = [json.loads(line) for line in b"".join(lines).splitlines()]
    assert sorted(map(str, told)) == sorted(map(str, beta.rows(path, page_size=1000)))


def test_an_organisation_in_a_management_cluster_is_all_of_its_clusters(api: Api, both: Estate) -> None:
    workload_cluster(both.gmc, "other", namespace="org-acme-2")
    see(workload_cluster(both.hmc, "beta", namespace="org-acme"), at=minutes(9.8))
    expected = [row for row in api.rows("clusters/") if row["path"].startswith("gmc/org-acme/")]
    assert limited(clusters=("gmc/org-acme",)).rows("clusters/") == expected
    assert len(expected) > 1


def test_a_person_sees_what_a_token_with_the_same_limits_sees(both: Estate) -> None:
    anna, browser = User.objects.create_user("anna"), Client()
    browser.force_login(anna)
    for segments, clusters in ((("lab",), ()), ((), (BETA,)), ((), ("gmc/org-acme",))):
        token = limited(segments=segments, clusters=clusters)
        limit(anna, Limits(segments=segments, clusters=clusters), at=NOW)
        for path in LISTS:
            assert browser.get(V1 + path).json()["results"] == token.get(path).results


def test_a_finding_is_told_whole_to_who_is_in_it(both: Estate) -> None:
    (collision,) = limited(clusters=(BETA,)).rows("findings/", rule="C8")
    assert {each["cluster_path"] for each in collision["parties"]} == {BETA, "gmc"}


def test_a_lookup_tells_what_is_seen_of_an_address(api: Api, both: Estate) -> None:
    whole = api.get("lookup/192.0.2.236/", segment="default").body
    beta = limited(clusters=(BETA,)).get("lookup/192.0.2.236/").body
    assert {each["cluster_path"] for each in whole["holders"]} == {BETA, "gmc"}
    assert [each["cluster_path"] for each in beta["holders"]] == [BETA]
    assert {each["cluster_path"] for each in beta["offered_by"]} == {BETA}
    assert beta["subnet"] is None
    assert [each["tracked"] for each in beta["holders"]] == [
        each["tracked"] for each in whole["holders"] if each["cluster_path"] == BETA
    ]
    lab = limited(segments=("lab",)).get("lookup/192.0.2.233/").body
    assert lab["segments"] == ["lab"]
    assert {each["segment"] for each in lab["holders"]} == {"lab"}


def test_who_sees_nothing_at_an_address_finds_it_unknown(both: Estate) -> None:
    told = limited(segments=("lab",)).get("lookup/192.0.2.31/").body
    assert (told["segments"], told["holders"], told["earlier"]) == (["lab"], [], [])


def test_what_is_not_seen_is_checked_against_by_nobody(both: Estate) -> None:
    lab = limited(segments=("lab",))
    refused = lab.post("check/", spans=["192.0.2.236"]).body["errors"]["segment"][0]
    assert refused == "There is no segment default: they are lab. POST segments/ registers one."
    assert lab.post("check/", spans=["192.0.2.233"], segment="lab").body["free"] is False


def test_an_operator_changes_what_it_sees(both: Estate) -> None:
    lab = limited(Role.OPERATOR, segments=("lab",))
    made = lab.post("subnets/", cidr="198.51.100.0/24", segment="lab")
    assert made.status == 201
    assert lab.patch(f"subnets/{made.body['id']}/", name="lab").status == 200
    assert lab.patch(f"subnets/{both.subnet.pk}/", name="lab").status == 404
    assert "they are lab" in lab.post("subnets/", cidr="198.51.100.0/24").body["errors"]["segment"][0]
    assert lab.post(f"clusters/{both.beta.pk}/poll/").status == 404
    moved = lab.patch(f"clusters/{both.hmc.pk}/", segment="default")
    assert "they are lab" in moved.body["errors"]["segment"][0]


def test_what_goes_for_all_is_none_of_its_business(both: Estate) -> None:
    lab = limited(Role.OPERATOR, segments=("lab",))
    for path in ("segments/", "silences/", "subscriptions/"):
        refused = lab.post(path)
        assert (refused.status, "sees a part" in refused.body["detail"]) == (403, True)


def test_a_path_is_compared_to_the_letter(both: Estate) -> None:
    workload_cluster(management_cluster("GMC"), "beta")
    seen = {each["path"] for each in limited(clusters=("gmc",)).rows("clusters/")}
    assert seen >= {"gmc", BETA}
    assert not any("GMC" in path for path in seen)


@pytest.mark.parametrize("scope", [Scope(frozenset({"lab"})), Scope(clusters=frozenset({BETA}))])
def test_what_happens_to_a_finding_is_told_to_who_sees_it(both: Estate, scope: Scope) -> None:
    told = set(Transition.objects.in_scope(scope).values_list("finding", flat=True))
    assert told == set(Finding.objects.in_scope(scope).values_list("pk", flat=True))
    assert told < set(Finding.objects.values_list("pk", flat=True))


def test_who_sees_no_segment_whole_is_told_so(both: Estate) -> None:
    refused = limited(clusters=("gmc",)).post("check/", spans=["192.0.2.236"]).body["errors"]["segment"][0]
    assert "none is seen whole" in refused


def test_what_is_registered_under_its_name_later_is_seen(both: Estate) -> None:
    token = limited(clusters=("hmc",))
    both.hmc.delete()
    assert token.rows("clusters/") == []


def test_a_segment_is_known_to_who_sees_a_cluster_on_it(both: Estate) -> None:
    beta = limited(clusters=(BETA,))
    assert beta.rows("addresses/", segment="default")
    assert beta.refused("addresses/", segment="lab") == {
        "segment": ["There is no segment lab: they are default."]
    }


def test_addresses_are_told_without_subnets_that_are_not_seen(api: Api, both: Estate) -> None:
    told = limited(clusters=(BETA,)).rows("addresses/")
    assert {row["subnet"] for row in told} == {None}
    assert "192.0.2.0/24" in {row["subnet"] for row in api.rows("addresses/", cluster="beta")}


def test_the_past_begins_with_what_is_seen(both: Estate) -> None:
    later = workload_cluster(both.gmc, "later")
    see(later, at=minutes(9.8))
    (told,) = limited(clusters=(later.path,)).refused("addresses/", at="2026-01-15T09:09:30Z")["at"]
    assert told.startswith("Nothing is known before 2026-01-15T09:09:48")


@pytest.mark.parametrize("what", ["acknowledge", "silence", "reopen"])
def test_a_finding_is_handled_by_who_sees_every_side(both: Estate, what: str) -> None:
    finding = Finding.objects.get(rule="C8", segment__name="default")
    sent = {"reason": "ours"} | ({"until": "2026-01-16T09:00:00Z"} if what == "silence" else {})
    path = f"findings/{finding.pk}/{what}/"
    refused = limited(Role.OPERATOR, clusters=(BETA,)).post(path, **sent)
    assert (refused.status, refused.body["detail"]) == (
        403,
        "This concerns clusters that you do not see: who sees all of them handles it.",
    )
    for limits in ({"clusters": ("gmc",)}, {"segments": ("default",)}):
        assert limited(Role.OPERATOR, **limits).post(path, **sent).status in (200, 409)
