"""H16 and H17: reality leaves the plan of a subnet."""

import pytest

from ipviz.domain.estate import DeclaredSubnet, Estate
from ipviz.domain.occupants import Occupant, Purpose
from ipviz.domain.plans import Part, Use
from tests.builders import (
    ALPHA,
    BETA,
    GMC,
    alloc,
    cpe,
    cpvip,
    estate,
    lb_range,
    machine,
    node,
    pool,
    span,
    svc,
)
from tests.verdicts import only, said, severities

BLOCK = Part(Use.BLOCK, span("192.0.2.180/30"), "beta")
POOL = Part(Use.CONTROL_PLANES, span("192.0.2.232-192.0.2.239"), "wc-cp-ips")
DHCP = Part(Use.DHCP, span("192.0.2.20-192.0.2.99"))
API = Part(Use.API, span("192.0.2.10"), "gmc")
LATER = Part(Use.BLOCK, span("192.0.2.184/30"))


def planned(*occupants: Occupant, parts: tuple[Part, ...] = (API, DHCP, BLOCK, LATER, POOL)) -> Estate:
    subnet = DeclaredSubnet(span("192.0.2.0/24"), planned=parts)
    return estate(*occupants, subnets=(subnet,))


def told(of: Estate) -> list[tuple[str, str, str]]:
    return [each for each in said(of) if each[0] in ("H16", "H17")]


def test_what_lies_where_it_was_planned_is_nothing() -> None:
    where = planned(
        svc("192.0.2.181", BETA),
        lb_range("192.0.2.180/30", BETA),
        node("192.0.2.31", BETA),
        cpe("192.0.2.233", ALPHA),
        pool("192.0.2.232-192.0.2.239"),
        cpvip("192.0.2.10", GMC),
        svc("192.0.2.184", ALPHA),
    )
    assert told(where) == []


def test_a_service_outside_its_clusters_block() -> None:
    verdict = only(planned(svc("192.0.2.190", BETA)), "H16")
    assert (verdict.severity, verdict.subject) == ("medium", "192.0.2.190")
    assert verdict.title == "192.0.2.190, used by beta/shop/web, lies outside what is planned for it"
    assert "Planned for it is 192.0.2.180-192.0.2.183 (load-balancer block of beta)." in verdict.explanation
    assert "manage.py plan --help" in verdict.remedy


@pytest.mark.parametrize(
    "elsewhere",
    [
        svc("192.0.2.190", ALPHA),
        svc("198.51.100.7", BETA),
        cpe("192.0.2.190", BETA),
    ],
)
def test_who_has_no_part_or_lies_in_another_subnet_leaves_nothing(elsewhere: Occupant) -> None:
    assert told(planned(elsewhere)) == []


def test_what_its_own_claim_holds_was_placed_by_its_pool() -> None:
    held = alloc("192.0.2.190", "beta-svc-lb-0", serves=BETA, purpose=Purpose.SERVICE)
    assert severities(planned(svc("192.0.2.190", BETA), held), "H16") == []


def test_a_node_outside_dhcp_is_low() -> None:
    verdict = only(planned(node("192.0.2.150", BETA)), "H16")
    assert (verdict.severity, verdict.subject) == ("low", "192.0.2.150")
    assert severities(planned(node("192.0.2.150", BETA), parts=(BLOCK,)), "H16") == []


@pytest.mark.parametrize(
    ("owner", "beyond"),
    [
        (pool("192.0.2.224-192.0.2.239"), "192.0.2.224-192.0.2.231"),
        (lb_range("192.0.2.176/28", BETA), "192.0.2.176-192.0.2.179"),
    ],
)
def test_a_range_that_reaches_over_its_part(owner: Occupant, beyond: str) -> None:
    assert beyond in [subject for rule, _, subject in told(planned(owner)) if rule == "H16"]


def test_a_user_in_what_is_planned_for_something_else() -> None:
    verdict = only(planned(svc("192.0.2.40", BETA, "mail"), parts=(DHCP,)), "H17")
    assert (verdict.severity, verdict.subject) == ("medium", "192.0.2.40")
    assert verdict.title == "192.0.2.40, used by beta/shop/mail, lies in what is planned for something else"
    assert "192.0.2.20-192.0.2.99 is planned as DHCP for nodes in 192.0.2.0/24." in verdict.explanation


@pytest.mark.parametrize(
    ("stranger", "part"),
    [
        (svc("192.0.2.181", ALPHA), BLOCK),
        (cpe("192.0.2.181", BETA), DHCP),
        (node("192.0.2.234", BETA), POOL),
        (cpe("192.0.2.10", BETA), API),
        (machine("192.0.2.10", GMC, "vm-0"), LATER),
        (lb_range("192.0.2.232/30", BETA), POOL),
        (pool("192.0.2.180-192.0.2.183", "other"), BLOCK),
    ],
)
def test_strangers_are_told_in_the_parts_of_others_alone(stranger: Occupant, part: Part) -> None:
    meets = stranger.span.meets(part.span) and not part.admits(stranger)
    assert ("H17" in [rule for rule, _, _ in told(planned(stranger, parts=(part,)))]) == meets


def test_where_the_parts_own_range_lies_other_rules_speak() -> None:
    squatter = svc("192.0.2.234", BETA)
    assert severities(planned(pool("192.0.2.232-192.0.2.239"), squatter, parts=(POOL,)), "H17") == []
    assert severities(planned(squatter, parts=(POOL,)), "H17") == ["medium"]


def test_without_a_plan_nobody_leaves_it() -> None:
    assert told(planned(svc("192.0.2.190", BETA), node("192.0.2.150"), parts=())) == []


def test_what_lies_in_a_part_of_a_subnet_inside_is_nothing() -> None:
    inner = DeclaredSubnet(span("192.0.2.0/24"), planned=(BLOCK, DHCP))
    outer = DeclaredSubnet(
        span("192.0.0.0/16"),
        planned=(Part(Use.DHCP, span("192.0.9.0/24")), Part(Use.BLOCK, span("192.0.8.0/30"), "beta")),
    )
    held = (node("192.0.2.31", BETA), svc("192.0.2.181", BETA), lb_range("192.0.2.180/30", BETA))
    assert told(estate(*held, subnets=(inner, outer))) == []


def test_as_many_parts_as_ranges_are_laid_beside_each_other_quickly() -> None:
    """A thousand of each: pair by pair it would be a million looks."""
    looks = 0

    class Counting(Part):
        __slots__ = ()

        def admits(self, occupant: Occupant) -> bool:
            nonlocal looks
            looks += 1
            return super().admits(occupant)

    parts = tuple(
        Counting(Use.BLOCK, span(f"10.0.{n // 64}.{n % 64 * 4}/30"), f"gmc/org/c{n}") for n in range(1000)
    )
    ranges = [lb_range(f"10.0.{n // 64}.{n % 64 * 4}/30", f"gmc/org/c{n}") for n in range(1000)]
    subnet = DeclaredSubnet(span("10.0.0.0/16"), planned=parts)
    assert told(estate(*ranges, subnets=(subnet,))) == []
    assert 0 < looks < 20_000
