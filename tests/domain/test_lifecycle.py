"""How a finding lives, from values alone."""

from datetime import UTC, datetime, timedelta

from ipviz.domain.lifecycle import Standing, Status, next_change
from ipviz.domain.verdicts import Severity, Verdict

NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
LATER = NINE + timedelta(seconds=1)
ONE_LIST = frozenset({("gmc", "IPAddress")})
TWO_LISTS = frozenset({("gmc", "Cluster"), ("gmc/org-acme/beta", "Service")})


def verdict(rests_on: frozenset[tuple[str, str]]) -> Verdict:
    return Verdict("C8", Severity.CRITICAL, "192.0.2.1", (), rests_on, "title", "explanation", "remedy")


def status_after(
    standing: Standing | None, judged: Verdict | None, read_at: datetime = NINE
) -> Status | None:
    change = next_change(standing, judged, dict.fromkeys(TWO_LISTS | ONE_LIST, read_at))
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
    assert next_change(standing, verdict(TWO_LISTS), read_at) is None
    del read_at[("gmc/org-acme/beta", "Service")]
    assert next_change(standing, verdict(TWO_LISTS), read_at) is None


def test_judging_the_same_again_changes_nothing() -> None:
    assert status_after(Standing(Status.OPEN, NINE), verdict(TWO_LISTS), LATER) is None


def test_a_finding_ends_when_the_judge_no_longer_says_so() -> None:
    assert status_after(Standing(Status.OPEN, NINE), None) is Status.RESOLVED
    assert status_after(Standing(Status.SUSPECTED, NINE), None) is Status.RESOLVED
    assert status_after(Standing(Status.RESOLVED, NINE), None) is None


def test_what_comes_back_needs_two_looks_again() -> None:
    assert status_after(Standing(Status.RESOLVED, NINE), verdict(TWO_LISTS), LATER) is Status.SUSPECTED


def test_a_finding_that_ends_with_a_cluster_says_so() -> None:
    change = next_change(Standing(Status.OPEN, NINE), None, {}, gone=["gmc/org-acme/beta"])
    assert change is not None
    assert change.reason == "gmc/org-acme/beta is no longer among the clusters that are read"
