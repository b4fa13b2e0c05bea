"""What a subscriber wants to hear of, and when."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.spans import parse_entry, parse_network
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import Quiet, Rhythm, Scope, Subject, Wish

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
HOUR = timedelta(hours=1)
SUBJECT = Subject(
    segment="site-a",
    span=parse_entry("192.0.2.16-192.0.2.31"),
    finding_class=FindingClass.HAZARD,
    severity=Severity.MEDIUM,
    clusters=frozenset({"gmc", "gmc/org-acme/blue"}),
    namespaces=frozenset({"org-shop"}),
    rule="H6",
)


@pytest.mark.parametrize(
    ("scope", "is_taken"),
    [
        pytest.param(Scope(), True, id="no condition takes all"),
        pytest.param(Scope(segments=frozenset({"site-a", "b"})), True, id="one of the segments"),
        pytest.param(Scope(segments=frozenset({"b"})), False, id="another segment"),
        pytest.param(Scope(subnets=(parse_network("192.0.2.0/28"),)), False, id="the subnet before it"),
        pytest.param(Scope(subnets=(parse_network("192.0.2.30/32"),)), True, id="one of its addresses"),
        pytest.param(Scope(subnets=(parse_network("2001:db8::/32"),)), False, id="the other family"),
        pytest.param(Scope(clusters=frozenset({"blue"})), True, id="a party's cluster by name"),
        pytest.param(Scope(clusters=frozenset({"gmc/org-acme/blue"})), True, id="by path"),
        pytest.param(Scope(clusters=frozenset({"lue"})), False, id="not by a part of a name"),
        pytest.param(Scope(organisations=frozenset({"org-acme"})), True, id="where its Cluster is"),
        pytest.param(Scope(organisations=frozenset({"org-shop"})), True, id="where a party is"),
        pytest.param(Scope(organisations=frozenset({"blue"})), False, id="a name is no organisation"),
        pytest.param(Scope(classes=frozenset({FindingClass.COLLISION})), False, id="another class"),
        pytest.param(Scope(rules=frozenset({"H6"})), True, id="its rule"),
        pytest.param(Scope(rules=frozenset({"H5"})), False, id="another rule"),
        pytest.param(Scope(lowest=Severity.MEDIUM), True, id="as bad as that"),
        pytest.param(Scope(lowest=Severity.HIGH), False, id="milder than wished"),
        pytest.param(
            Scope(segments=frozenset({"site-a"}), clusters=frozenset({"red"})), False, id="all hold"
        ),
    ],
)
def test_what_is_wished_has_to_hold_all_of_it(scope: Scope, is_taken: bool) -> None:
    assert scope.takes(SUBJECT) is is_taken


def test_who_wishes_for_a_subnet_hears_of_no_finding_without_addresses() -> None:
    blind = Subject("site-a", None, FindingClass.BLIND_SPOT, Severity.HIGH)
    assert not Scope(subnets=(parse_network("0.0.0.0/0"),)).takes(blind)
    assert Scope(segments=frozenset({"site-a"})).takes(blind)


def test_a_scope_is_told_in_words() -> None:
    assert Scope().in_words == ""
    scope = Scope(
        rules=frozenset({"H6", "C4"}), subnets=(parse_network("192.0.2.0/24"),), lowest=Severity.HIGH
    )
    assert scope.in_words == "rule C4 or H6, addresses in 192.0.2.0/24, severity high or worse"


@pytest.mark.parametrize(
    ("begins", "ends", "quiet"),
    [(time(22), time(6), [22, 23, 0, 1, 2, 3, 4, 5]), (time(1), time(3), [1, 2]), (time(5), time(5), [])],
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(begins: time, ends: time, quiet: list[int]) -> None:
    hours = Quiet(begins, ends, BERLIN)
    on_the_wall = [datetime(2026, 7, 1, hour, 59, tzinfo=BERLIN) for hour in range(24)]
    assert [at.hour for at in on_the_wall if hours.holds(at.astimezone(UTC))] == sorted(quiet)


def due(
    rhythm: Rhythm, since: str, at: str, zone: ZoneInfo = BERLIN, quiet: Quiet | None = None
) -> str | None:
    """Moments on the wall of the zone."""
    wish = Wish(rhythm=rhythm, zone=zone, quiet=quiet)
    first, now = (datetime.fromisoformat(each).replace(tzinfo=zone) for each in (since, at))
    moment = wish.digest_due(first.astimezone(UTC), now.astimezone(UTC))
    return f"{moment:%a %Y-%m-%d %H:%M}" if moment else None


@pytest.mark.parametrize(
    ("rhythm", "since", "at", "moment"),
    [
        (Rhythm.NEVER, "2026-01-01T08:00", "2026-07-01T12:00", None),
        (Rhythm.HOURLY, "2026-07-01T12:00", "2026-07-01T12:59", None),
        (Rhythm.HOURLY, "2026-07-01T12:00", "2026-07-01T13:00", "Wed 2026-07-01 13:00"),
        (Rhythm.DAILY, "2026-07-01T08:00", "2026-07-02T07:59", None),
        (Rhythm.DAILY, "2026-07-01T08:00", "2026-07-02T08:00", "Thu 2026-07-02 08:00"),
        (Rhythm.DAILY, "2026-07-01T08:00", "2026-07-09T07:00", "Wed 2026-07-08 08:00"),
        (Rhythm.WEEKLY, "2026-06-29T08:00", "2026-07-05T23:00", None),
        (Rhythm.WEEKLY, "2026-06-29T08:00", "2026-07-06T07:59", None),
        (Rhythm.WEEKLY, "2026-06-29T08:00", "2026-07-06T08:00", "Mon 2026-07-06 08:00"),
        # The clock is set back, and forward, in the night of a Sunday.
        (Rhythm.DAILY, "2026-10-24T08:00", "2026-10-25T08:00", "Sun 2026-10-25 08:00"),
        (Rhythm.DAILY, "2026-03-28T08:00", "2026-03-29T08:00", "Sun 2026-03-29 08:00"),
    ],
)
def test_a_digest_is_due_at_its_hours(rhythm: Rhythm, since: str, at: str, moment: str | None) -> None:
    assert due(rhythm, since, at) == moment


def test_the_hours_are_those_of_a_zone_that_is_half_an_hour_off() -> None:
    assert due(Rhythm.HOURLY, "2026-07-01T12:00", "2026-07-01T13:10", KOLKATA) == "Wed 2026-07-01 13:00"


def test_quiet_hours_put_a_digest_off() -> None:
    quiet = Quiet(time(7), time(10), BERLIN)
    asked = Rhythm.DAILY, "2026-07-01T08:00"
    assert due(*asked, "2026-07-02T09:59", quiet=quiet) is None
    assert due(*asked, "2026-07-02T10:00", quiet=quiet) == "Thu 2026-07-02 08:00"


@given(
    st.sampled_from([Rhythm.HOURLY, Rhythm.DAILY, Rhythm.WEEKLY]),
    st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
    st.integers(0, 5_000_000).map(lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + minutes * HOUR / 60),
)
def test_there_is_one_digest_a_turn_in_every_zone(rhythm: Rhythm, zone: ZoneInfo, at: datetime) -> None:
    wish = Wish(rhythm=rhythm, zone=zone)
    length = {Rhythm.HOURLY: HOUR, Rhythm.DAILY: 24 * HOUR, Rhythm.WEEKLY: 7 * 24 * HOUR}[rhythm]
    moment = wish.digest_due(at - 9 * length, at)
    assert moment is not None
    # Where a clock is set, an hour comes twice or not at all.
    assert timedelta(0) <= at - moment < length + 2 * HOUR
    assert wish.digest_due(moment, at) is None
