"""What is different between two looks at one object."""

from dataclasses import replace

from ipviz.domain.changes import LONGEST, Difference, differences
from ipviz.domain.seen import Ingress, PoolRef, Port, Ref, SeenAddress, SeenService

WEB = SeenService(Ref("Service", "shop", "web", "uid"), annotation="192.0.2.7", holder="node-1")


def test_only_what_differs_is_told_in_the_order_of_the_record() -> None:
    after = replace(WEB, annotation="192.0.2.8", holder="node-2")
    assert differences(WEB, after) == (
        Difference("annotation", "192.0.2.7", "192.0.2.8"),
        Difference("holder", "node-1", "node-2"),
    )


def test_equal_records_differ_in_nothing() -> None:
    assert differences(WEB, replace(WEB)) == ()


def test_lists_and_flags_are_told_in_words() -> None:
    after = replace(
        WEB, ingress=(Ingress("192.0.2.7"), Ingress("192.0.2.8")), ports=(Port("TCP", 443),), ignored=True
    )
    assert {each.field: (each.before, each.after) for each in differences(WEB, after)} == {
        "ingress": ("", "192.0.2.7, 192.0.2.8"),
        "ports": ("", "TCP/443"),
        "ignored": ("no", "yes"),
    }


def test_a_record_within_a_record_is_told_by_its_fields() -> None:
    before = SeenAddress(
        Ref("IPAddress", "org-acme", "a", "uid"), "192.0.2.7", 24, PoolRef("InClusterIPPool", "old")
    )
    after = replace(before, pool=PoolRef("InClusterIPPool", "new"))
    assert differences(before, after) == (Difference("pool.name", "old", "new"),)


def test_a_long_value_is_cut() -> None:
    (difference,) = differences(WEB, replace(WEB, annotation="x" * 5000))
    assert len(difference.after) == LONGEST
