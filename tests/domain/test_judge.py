"""What holds of every verdict, whichever rule spoke."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ipviz.domain.estate import Estate
from ipviz.domain.judge import judge
from ipviz.domain.occupants import Occupant, Purpose
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.seen import Port
from ipviz.domain.verdicts import FindingClass
from tests.builders import (
    ALPHA,
    BETA,
    GAMMA,
    GMC,
    alloc,
    cpe,
    estate,
    facts,
    lb_range,
    manual,
    node,
    pool,
    svc,
)
from tests.verdicts import only, said

IP = "192.0.2.236"
CLUSTERS = (ALPHA, BETA, GAMMA, "hmc/org-acme/alpha")


@st.composite
def occupants(draw: st.DrawFn) -> Occupant:
    """Anything on a few addresses, so that much of it clashes."""
    last = draw(st.integers(1, 6))
    where = f"192.0.2.{last}"
    reach = f"{where}-192.0.2.{draw(st.integers(last, 8))}"
    path, flag = draw(st.sampled_from(CLUSTERS)), draw(st.booleans())
    management, _, name = path.split("/")
    kind = draw(st.integers(0, 7))
    if kind == 0:
        return alloc(where, name, cluster=management, paused=flag, uid=f"{path}{last}{flag}")
    if kind == 1:
        return alloc(where, f"{name}-svc-lb-0", cluster=management, serves=path, purpose=Purpose.SERVICE)
    if kind == 2:
        return cpe(where, path, paused=flag)
    if kind == 3:
        return svc(
            where, path, draw(st.sampled_from(["a", "b"])), announced=flag, ports=[Port("TCP", last % 2 + 1)]
        )
    if kind == 4:
        return node(where, path)
    if kind == 5:
        return pool(reach, draw(st.sampled_from(["one", "two"])), cluster=management)
    return lb_range(reach, path) if kind == 6 else manual(where, cluster=management)


@given(st.lists(occupants(), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_of_occupants_changes_nothing(some: list[Occupant], random: Random) -> None:
    shuffled = some.copy()
    random.shuffle(shuffled)
    assert judge(estate(*some)) == judge(estate(*shuffled))


@given(st.lists(occupants(), max_size=12))
@settings(max_examples=150)
def test_every_verdict_is_one_of_its_subject_and_complete(some: list[Occupant]) -> None:
    verdicts = judge(estate(*some))
    assert len({(v.rule, v.subject) for v in verdicts}) == len(verdicts)
    for verdict in verdicts:
        if RULES[verdict.rule].finding_class is not FindingClass.CAPACITY:
            assert verdict.subject == str(verdict.span)
            assert verdict.subject in verdict.title
        assert len({(p.cluster, p.ref) for p in verdict.parties}) == len(verdict.parties) >= 1
        assert {(p.cluster, p.ref.kind) for p in verdict.parties} <= verdict.rests_on
        assert "\n2. " in verdict.remedy
        assert len(verdict.title) < 300


@given(st.lists(occupants(), max_size=12))
@settings(max_examples=100)
def test_what_is_seen_twice_is_judged_once(some: list[Occupant]) -> None:
    assert judge(estate(*some, *some)) == judge(estate(*some))


def test_an_empty_segment_has_nothing_wrong() -> None:
    assert judge(Estate("default")) == ()


def test_rules_speak_in_the_order_of_the_specification_and_by_address() -> None:
    everything = estate(
        svc("192.0.2.10", BETA), cpe("192.0.2.10"), svc("192.0.2.9", BETA), cpe("192.0.2.9"),
        alloc("192.0.2.11", "alpha"), alloc("192.0.2.11", "beta"),
    )  # fmt: skip
    assert [(rule, subject) for rule, _, subject in said(everything)] == [
        ("C1", "192.0.2.11"),
        ("C8", "192.0.2.9"),
        ("C8", "192.0.2.10"),
    ]


def test_a_verdict_on_what_cannot_be_read_now_is_stale() -> None:
    clash = (svc(IP, BETA), cpe(IP, GAMMA))
    assert not only(estate(*clash), "C8").stale
    assert only(estate(*clash, clusters=[facts(BETA, error="refused")]), "C8").stale
    assert only(estate(*clash, clusters=[facts(GMC, unread={"Cluster": "403"})]), "C8").stale
    assert not only(estate(*clash, clusters=[facts(GMC, unread={"Node": "403"})]), "C8").stale
    assert not only(estate(*clash, clusters=[facts(GAMMA, error="refused")]), "C8").stale


def test_a_verdict_on_an_object_that_was_not_understood_is_stale() -> None:
    verdict = only(estate(svc(IP, BETA, stale=True), cpe(IP, GAMMA)), "C8")
    assert verdict.stale
    assert [party.stale for party in verdict.parties] == [True, False]


def test_unreachable_clusters_keep_their_occupants() -> None:
    clash = (svc(IP, BETA), cpe(IP, GAMMA))
    assert ("C8", "critical", IP) in said(estate(*clash, clusters=[facts(BETA, error="refused")]))


def test_a_fresh_statement_of_an_object_wins_over_a_stale_one() -> None:
    both = svc(IP, BETA, stale=True), svc(IP, BETA)
    assert not only(estate(*both, cpe(IP, GAMMA)), "C8").stale


def test_a_cluster_with_several_paths_keeps_its_first() -> None:
    verdict = only(estate(svc(IP, "gmc/org-x/gmc"), cpe(IP, GAMMA), aliases={"gmc/org-x/gmc": GMC}), "C8")
    assert verdict.parties[0].cluster == GMC
    assert verdict.parties[0].consumer == "Services of gmc"


def test_names_are_put_into_text_and_quoted_in_commands() -> None:
    verdict = only(estate(svc(IP, BETA, "a;rm -rf b"), cpe(IP, GAMMA)), "C8")
    assert "beta/shop/a;rm -rf b" in verdict.title
    assert "get service 'a;rm -rf b' -o yaml" in verdict.remedy


def test_one_address_may_break_several_rules() -> None:
    everything = estate(
        pool("192.0.2.232/29"), svc(IP, BETA), svc(IP, ALPHA), cpe(IP, GAMMA), lb_range(IP, BETA)
    )
    assert [rule for rule, _, _ in said(everything)] == ["C4", "C8", "H1", "H2", "H6"]


def test_a_segment_of_many_healthy_clusters_is_silent() -> None:
    healthy = [
        each
        for number in range(2, 250)
        for path in (f"gmc/org-acme/c{number}",)
        for each in (
            alloc(f"192.0.2.{number}", f"c{number}"),
            cpe(f"192.0.2.{number}", path),
            cpe(f"192.0.2.{number}", path, kind="VSphereCluster"),
            node(f"192.0.2.{number}", path),
        )
    ]
    assert said(estate(pool("192.0.2.2-192.0.2.249"), *healthy)) == []


def test_other_segments_are_other_estates() -> None:
    here, there = estate(svc(IP, BETA)), estate(cpe(IP, "hmc/org-acme/gamma"))
    assert judge(here) == judge(there) == ()


def test_every_rule_is_declared_once_with_its_class() -> None:
    classes = {
        "C": FindingClass.COLLISION,
        "H": FindingClass.HAZARD,
        "P": FindingClass.CAPACITY,
        "B": FindingClass.BLIND_SPOT,
    }
    assert all(rule.finding_class is classes[name[0]] for name, rule in RULES.items())
    counts = {"C": 13, "H": 17, "P": 9, "B": 3}
    assert list(RULES) == [f"{letter}{n}" for letter, most in counts.items() for n in range(1, most + 1)]
