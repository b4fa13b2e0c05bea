"""How a finding lives, from values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ipviz.domain.estate import ClusterFacts
from ipviz.domain.lifecycle import (
    CannotHandle,
    Change,
    Standing,
    Status,
    acknowledged,
    happening,
    is_out_of_sight,
    next_change,
    reopened,
    silenced,
)
from ipviz.domain.verdicts import FindingClass, Party, Severity, Verdict
from tests.builders import ref

NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
LATER = NINE + timedelta(seconds=1)
ONE_LIST = frozenset({("gmc", "IPAddress")})
TWO_LISTS = frozenset({("gmc", "Cluster"), ("gmc/org-acme/beta", "Service")})


def verdict(rests_on: frozenset[tuple[str, str]]) -> Verdict:
    return Verdict("C8", Severity.CRITICAL, "192.0.2.1", (), rests_on, "title", "explanation", "remedy")


def status_after(
    standing: Standing | None, judged: Verdict | None, read_at: datetime = NINE
) -> Status | None:
    change = next_change(standing, judged, dict.fromkeys(TWO_LISTS | ONE_LIST, read_at), at=LATER)
    return change.after if change else None


def test_what_joins_two_lists_is_suspected_at_first() -> None:
    assert status_after(None, verdict(TWO_LISTS)) is Status.SUSPECTED


def test_what_one_list_says_is_open_at_once() -> None:
    assert status_after(None, verdict(ONE_LIST)) is Status.OPEN


def test_a_suspicion_opens_when_all_sides_were_read_again() -> None:
    assert status_after(Standing(Status.SUSPECTED, NINE), verdict(TWO_LISTS), LATER) is Status.OPEN


def test_a_suspicion_waits_while_a_side_was_not_read_again() -> None:
    standing = Standing(Status.SUSPECTED, NINE)
    read_at = {("gmc", "Cluster"): LATER, ("gmc/org-acme/beta", "Service"): NINE}
    assert next_change(standing, verdict(TWO_LISTS), read_at, at=LATER) is None
    del read_at[("gmc/org-acme/beta", "Service")]
    assert next_change(standing, verdict(TWO_LISTS), read_at, at=LATER) is None


def test_judging_the_same_again_changes_nothing() -> None:
    assert status_after(Standing(Status.OPEN, NINE), verdict(TWO_LISTS), LATER) is None


def test_a_finding_ends_when_the_judge_no_longer_says_so() -> None:
    assert status_after(Standing(Status.OPEN, NINE), None) is Status.RESOLVED
    assert status_after(Standing(Status.SUSPECTED, NINE), None) is Status.RESOLVED
    assert status_after(Standing(Status.RESOLVED, NINE), None) is None


def test_what_comes_back_needs_two_looks_again() -> None:
    assert status_after(Standing(Status.RESOLVED, NINE), verdict(TWO_LISTS), LATER) is Status.SUSPECTED


def test_a_finding_that_ends_with_a_cluster_says_so() -> None:
    change = next_change(Standing(Status.OPEN, NINE), None, {}, gone=["gmc/org-acme/beta"], at=LATER)
    assert change is not None
    assert change.reason == "gmc/org-acme/beta is no longer among the clusters that are read"


ONE, OTHER, THIRD = (Party("gmc", ref("Cluster", name, "org-acme"), "CPE") for name in ("a", "b", "c"))
BOTH = replace(verdict(TWO_LISTS), parties=(ONE, OTHER))
NAMES = frozenset(("gmc", "Cluster", "org-acme", name) for name in "ab")
HANDLED = Status.ACKNOWLEDGED, Status.SILENCED


def held(status: Status, **facts: object) -> Standing:
    return Standing(status, NINE, Severity.CRITICAL, NAMES, **facts)  # type: ignore[arg-type]


def after(standing: Standing, judged: Verdict | None, at: datetime = LATER) -> Change | None:
    return next_change(standing, judged, {}, at=at)


@pytest.mark.parametrize("status", [Status.SUSPECTED, Status.OPEN, *HANDLED])
def test_what_is_judged_as_before_stays(status: Status) -> None:
    assert after(held(status), BOTH) is None


@pytest.mark.parametrize(
    ("before", "then"),
    [
        (Status.OPEN, Status.OPEN),
        (Status.SUSPECTED, Status.SUSPECTED),
        (Status.ACKNOWLEDGED, Status.OPEN),
        (Status.SILENCED, Status.SILENCED),
    ],
)
def test_a_party_that_joins_makes_it_worse(before: Status, then: Status) -> None:
    """Who acknowledged it did not know of that; who silenced it wants to hear nothing."""
    joined = replace(BOTH, parties=(ONE, OTHER, THIRD))
    assert after(held(before), joined) == Change(before, then, "worse: Cluster org-acme/c joined", grew=True)


def test_a_graver_severity_makes_it_worse_and_a_milder_one_does_not() -> None:
    mild = replace(held(Status.ACKNOWLEDGED), severity=Severity.MEDIUM)
    assert after(mild, BOTH) == Change(
        Status.ACKNOWLEDGED, Status.OPEN, "worse: it is now critical, and was medium", grew=True
    )
    assert after(held(Status.ACKNOWLEDGED), replace(BOTH, severity=Severity.MEDIUM)) is None


def test_one_that_takes_anothers_place_or_leaves_does_not() -> None:
    assert after(held(Status.ACKNOWLEDGED), replace(BOTH, parties=(ONE, THIRD))) is None
    assert after(held(Status.ACKNOWLEDGED), replace(BOTH, parties=(ONE,))) is None


def test_a_cluster_that_was_not_in_it_makes_it_worse_whosever_place_it_takes() -> None:
    stranger = replace(THIRD, cluster="hmc")
    change = after(held(Status.ACKNOWLEDGED), replace(BOTH, parties=(ONE, stranger)))
    assert change is not None
    assert (change.after, change.grew) == (Status.OPEN, True)


def test_a_silence_ends_at_its_end() -> None:
    quiet = held(Status.SILENCED, handled_until=LATER)
    assert after(quiet, BOTH, at=NINE) is None
    assert after(quiet, BOTH, at=LATER) == Change(Status.SILENCED, Status.OPEN, "its silence ended")


def test_what_was_acknowledged_and_is_still_so_speaks_again_at_the_end() -> None:
    seen_to = held(Status.ACKNOWLEDGED, handled_until=LATER)
    assert after(seen_to, BOTH, at=NINE) is None
    ended = "it was to be seen to by now, and is still so"
    assert after(seen_to, BOTH, at=LATER) == Change(Status.ACKNOWLEDGED, Status.OPEN, ended)


@pytest.mark.parametrize("status", HANDLED)
def test_what_is_no_longer_so_is_resolved_whoever_handles_it(status: Status) -> None:
    change = after(held(status), None)
    assert change is not None
    assert change.after is Status.RESOLVED


def test_people_say_what_they_do_and_why() -> None:
    assert acknowledged(Status.OPEN, " on it ", LATER, at=NINE) == Change(
        Status.OPEN, Status.ACKNOWLEDGED, "acknowledged until 2026-01-15 09:00 UTC: on it"
    )
    assert acknowledged(Status.OPEN, "", LATER, at=NINE).reason == "acknowledged until 2026-01-15 09:00 UTC"
    assert silenced(Status.OPEN, "lab", LATER, at=NINE) == Change(
        Status.OPEN, Status.SILENCED, "silenced until 2026-01-15 09:00 UTC: lab"
    )
    assert reopened(Status.SILENCED, "") == Change(Status.SILENCED, Status.OPEN, "taken back")


def test_what_makes_no_sense_is_refused_in_words() -> None:
    with pytest.raises(CannotHandle, match="resolved"):
        acknowledged(Status.RESOLVED, "", LATER, at=NINE)
    with pytest.raises(CannotHandle, match="already"):
        acknowledged(Status.ACKNOWLEDGED, "", LATER, at=NINE)
    with pytest.raises(CannotHandle, match="in the future"):
        acknowledged(Status.OPEN, "", NINE, at=NINE)
    with pytest.raises(CannotHandle, match="Say why"):
        silenced(Status.OPEN, " ", LATER, at=NINE)
    with pytest.raises(CannotHandle, match="in the future"):
        silenced(Status.OPEN, "lab", NINE, at=NINE)
    with pytest.raises(CannotHandle, match="30 days at the most"):
        acknowledged(Status.OPEN, "", NINE + timedelta(days=31), at=NINE)
    with pytest.raises(CannotHandle, match="366 days at the most"):
        silenced(Status.OPEN, "lab", NINE + timedelta(days=367), at=NINE)
    with pytest.raises(CannotHandle, match="only what was acknowledged"):
        reopened(Status.OPEN, "")


@pytest.mark.parametrize(
    ("before", "after", "by", "word"),
    [
        (None, "suspected", "", "suspected"),
        ("suspected", "open", "", "opened"),
        ("resolved", "open", "", "opened"),
        ("open", "open", "", "worsened"),
        ("silenced", "silenced", "", "worsened"),
        ("silenced", "silenced", "anna", "silenced"),
        ("open", "acknowledged", "anna", "acknowledged"),
        ("acknowledged", "open", "", "reopened"),
        ("silenced", "open", "anna", "reopened"),
        ("acknowledged", "resolved", "", "resolved"),
    ],
)
def test_what_happens_has_a_word(before: str | None, after: str, by: str, word: str) -> None:
    assert happening(Status(before) if before else None, Status(after), by=by) == word


SIDES = (("gmc", "Cluster", "org-acme", "gamma"), ("gmc/org-acme/beta", "Service", "shop", "web"))
NEVER_POLLED = ClusterFacts("gmc/org-acme/beta", "gmc")
SEEN = replace(NEVER_POLLED, polled_at=NINE, read_at={"Service": NINE})


def out_of_sight(beta: ClusterFacts, finding_class: FindingClass = FindingClass.COLLISION) -> bool:
    gmc = ClusterFacts("gmc", "", polled_at=NINE, read_at={"Cluster": NINE})
    return is_out_of_sight(finding_class, SIDES, {"gmc": gmc, "gmc/org-acme/beta": beta})


@pytest.mark.parametrize(
    "beta",
    [
        NEVER_POLLED,
        replace(NEVER_POLLED, polled_at=NINE, error="timed out"),
        replace(SEEN, read_at={"Node": NINE}, unread={"Service": "403 Forbidden"}),
    ],
    ids=["never polled", "polled in vain", "read without that kind"],
)
def test_a_side_whose_list_was_never_read_is_out_of_sight(beta: ClusterFacts) -> None:
    assert out_of_sight(beta)


@pytest.mark.parametrize(
    "beta",
    [SEEN, replace(SEEN, unread={"Service": "403 Forbidden"}), replace(SEEN, error="timed out")],
    ids=["read", "not read this time", "not reached this time"],
)
def test_a_side_that_was_read_once_is_in_sight(beta: ClusterFacts) -> None:
    assert not out_of_sight(beta)


def test_a_blind_spot_is_in_sight_as_soon_as_somebody_tried() -> None:
    assert out_of_sight(NEVER_POLLED, FindingClass.BLIND_SPOT)
    tried = replace(NEVER_POLLED, polled_at=NINE, error="timed out")
    assert not out_of_sight(tried, FindingClass.BLIND_SPOT)


def test_a_side_whose_cluster_is_gone_is_not_waited_for() -> None:
    assert not is_out_of_sight(FindingClass.COLLISION, SIDES, {})
