"""What differs between a thing before and after."""

from datetime import UTC, datetime, time
from enum import StrEnum

from ipviz.domain.edits import edited, plain


class Colour(StrEnum):
    BLUE = "blue"


def test_only_what_differs_is_told() -> None:
    before = {"name": "prod-a", "gateway": "192.0.2.1", "dhcp": []}
    after = {"name": "prod-b", "gateway": "192.0.2.1", "dhcp": ["192.0.2.20-192.0.2.30"]}
    assert edited(before, after) == (
        {"name": "prod-a", "dhcp": []},
        {"name": "prod-b", "dhcp": ["192.0.2.20-192.0.2.30"]},
    )


def test_nothing_is_told_of_what_stayed_as_it_was() -> None:
    assert edited({"name": "a", "many": [1]}, {"name": "a", "many": (1,)}) == ({}, {})


def test_what_was_made_or_removed_tells_what_it_had_to_say() -> None:
    facts = {"name": "a", "gateway": "", "active": True, "stopped": False, "dhcp": [], "quiet": None}
    assert edited({}, facts) == ({}, {"name": "a", "active": True})
    assert edited(facts, {}) == ({"name": "a", "active": True}, {})


def test_what_is_taken_away_is_told_as_false() -> None:
    assert edited({"active": True}, {"active": False}) == ({"active": True}, {"active": False})


def test_a_value_is_told_as_json_has_it() -> None:
    at = datetime(2026, 1, 15, 9, tzinfo=UTC)
    assert plain([at, time(8), Colour.BLUE, {1: (None, 2.5)}]) == [
        "2026-01-15T09:00:00+00:00", "08:00:00", "blue", {"1": [None, 2.5]},
    ]  # fmt: skip
