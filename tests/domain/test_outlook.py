"""What an explanation adds: who was first, who answers now, and what comes next by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

from ipviz.domain.judge import judge
from ipviz.domain.occupants import Occupant
from ipviz.domain.seen import Seen
from tests.builders import (
    AT,
    BETA,
    GAMMA,
    GMC,
    alloc,
    cpe,
    cpvip,
    estate,
    estate_seen,
    lb_range,
    pool,
    seen_cluster,
    seen_config_map,
    seen_pool,
    seen_service,
    svc,
)  # fmt: skip
from tests.verdicts import only

IP = "192.0.2.7"
EARLIER = AT - timedelta(days=3)


def since(occupant: Occupant, at: datetime) -> Occupant:
    return replace(occupant, since=at)


def test_a_collision_says_who_was_seen_first() -> None:
    told = only(estate(since(svc(IP), AT), since(cpe(IP), EARLIER)), "C8").explanation
    assert told.endswith(
        "The API of gamma was seen first, at 2026-01-29 10:00 UTC; beta/shop/web at 2026-02-01 10:00 UTC."
    )


def test_what_the_first_look_found_together_has_no_order() -> None:
    later = AT + timedelta(seconds=100)
    told = only(estate(since(svc(IP), later), since(cpe(IP), AT)), "C8").explanation
    assert told.endswith("All were first seen at about 2026-02-01 10:00 UTC.")


def test_it_says_which_nodes_answer_now() -> None:
    service = replace(svc(IP), holder="worker-0")
    leader = replace(cpvip(IP, GAMMA), holder="cp-0")
    both = only(estate(service, cpe(IP, GAMMA), leader), "C8").explanation
    assert both.endswith(
        "By leases and annotations node cp-0 for the API of gamma and node worker-0 for beta/shop/web answer "
        "now, and each host believes whom it heard last."
    )
    one = only(estate(service, cpe(IP, GAMMA)), "C8").explanation
    assert "node worker-0 for beta/shop/web answers now; who else does is not known." in one
    assert "answer" not in only(estate(svc(IP), cpe(IP)), "C8").explanation.partition("the other.")[2]


def test_a_silent_one_does_not_answer() -> None:
    silent = replace(svc(IP, announced=False), holder="worker-0")
    assert "worker-0" not in only(estate(silent, cpe(IP)), "C8").explanation


def test_a_hazard_says_what_the_next_claim_will_be_given_and_who_is_there() -> None:
    squatted = estate(pool("192.0.2.6-192.0.2.9"), alloc("192.0.2.6"), svc(IP), cpe("192.0.2.9"))
    fate = (
        "The next claim on pool wc-cp-ips of gmc will be given 192.0.2.7, which is already in use by "
        "beta/shop/web."
    )
    told = {verdict.subject: verdict.explanation for verdict in judge(squatted) if verdict.rule == "H1"}
    assert told.keys() == {IP, "192.0.2.9"}
    assert told[IP].endswith(fate)
    assert "The next claim" not in told["192.0.2.9"], "it is not its turn"


def test_two_allocators_are_told_with_what_each_gives_next() -> None:
    seen: dict[str, list[Seen]] = {
        GMC: [seen_pool("192.0.2.8-192.0.2.15"), seen_cluster("gamma", "192.0.2.8")],
        BETA: [
            seen_config_map(data={"cidr-global": "192.0.2.8/29"}),
            seen_service("web", annotation="192.0.2.8", labelled=True, status=["192.0.2.8"]),
        ],
    }
    told = only(estate_seen(seen), "H2").explanation
    assert "The next Service of beta that cidr-global serves will be given 192.0.2.9." in told
    assert (
        "The next claim on pool wc-cp-ips of gmc will be given 192.0.2.8, which is already in use by" in told
    )


def test_what_nobody_can_tell_is_not_told() -> None:
    full = estate(pool(IP), alloc(IP), lb_range(IP))
    assert "will be given" not in only(full, "H2").explanation
