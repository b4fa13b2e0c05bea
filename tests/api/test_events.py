"""What happens to findings, told as it happens. Time is a number that sleeping moves on."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ipviz.api.events import Events, latest_finding
from ipviz.api.streams import MOST_EACH, Stream, Streams, TooMany
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.models import Feed
from tests.api.asking import V1, Api, closed
from tests.api.conftest import Estate
from tests.builders import seen_service

HEAD = {"Accept": "text/event-stream"}


class Time:
    """`at` a second something is done, while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.plans: list[tuple[float, Callable[[], object]]] = []

    def at(self, second: float, what: Callable[[], object]) -> None:
        self.plans.append((second, what))

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float, /) -> None:
        self.seconds += seconds
        due = [each for each in self.plans if each[0] <= self.seconds]
        self.plans = [each for each in self.plans if each not in due]
        for _, what in due:
            what()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(Events, "streams", Streams(latest_finding, most=2, clock=clock))
    return clock


def begun(api: Api, asked: str = "", **headers: str) -> Any:
    reply = api.client.get(f"{V1}findings/events/{asked}", headers=HEAD | headers)
    assert (reply.status_code, reply["Content-Type"]) == (200, "text/event-stream")
    return reply


def blocks(reply: Any) -> list[dict[str, str]]:
    """The fields of each block; a comment has no name."""
    text = b"".join(reply).decode()
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block]


def events(reply: Any) -> list[dict[str, Any]]:
    return [{**each, "data": json.loads(each["data"])} for each in blocks(reply) if "data" in each]


def told(reply: Any) -> list[tuple[str, str]]:
    return [(each["event"], each["data"]["finding"]["rule"]) for each in events(reply)]


def first_finding() -> int:
    return Finding.objects.standing().earliest("pk").pk


def acknowledging(operator: Api, pk: int) -> Callable[[], object]:
    def acknowledge() -> None:
        assert operator.post(f"findings/{pk}/acknowledge/", reason="ticket 4711").status == 200

    return acknowledge


def test_what_happens_is_told_with_the_finding_as_the_list_tells_it(
    api: Api, operator: Api, clock: Time
) -> None:
    pk = first_finding()
    clock.at(3, acknowledging(operator, pk))
    (event,) = events(begun(api))
    assert (event["id"], event["event"]) == (str(Transition.objects.latest("pk").pk), "acknowledged")
    whole = api.get(f"findings/{pk}/").body
    assert event["data"]["transition"] == whole["transitions"][-1]
    assert event["data"]["transition"]["by"] == "token operator"
    assert event["data"]["finding"] == next(each for each in api.rows("findings/") if each["id"] == pk)


def test_it_begins_with_now_and_says_where_that_is(api: Api, clock: Time) -> None:
    first, *rest = blocks(begun(api))
    assert first == {"retry": "2000"}
    assert rest[0] == {"id": str(Feed.objects.last_of(Feed.Name.FINDINGS))}
    assert not any("data" in each for each in rest)


def test_a_sign_of_life_comes_each_quarter_of_a_minute_and_it_ends_by_itself(api: Api, clock: Time) -> None:
    signs = [each for each in blocks(begun(api)) if "" in each]
    assert (len(signs), clock.seconds) == (300 // 15 - 1, 300)
    assert all("id" in each for each in signs)


def test_who_comes_back_goes_on_where_it_was_and_misses_nothing(
    api: Api, operator: Api, estate: Estate, clock: Time
) -> None:
    pk = first_finding()
    clock.at(3, acknowledging(operator, pk))
    last = events(begun(api))[-1]["id"]
    assert operator.post(f"findings/{pk}/reopen/").status == 200  # while nobody listens
    clock.at(clock.seconds + 3, acknowledging(operator, pk))
    assert [each for each, _ in told(begun(api, **{"Last-Event-ID": last}))] == ["reopened", "acknowledged"]
    # A browser that comes back has the old address still.
    assert told(begun(api, "?after=0", **{"Last-Event-ID": str(int(last) + 2)})) == []


def test_all_that_ever_happened_can_be_had_in_order(
    api: Api, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipviz.api.events.PIECE", 2)
    ids = [int(each["id"]) for each in events(begun(api, "?after="))]
    assert ids == list(Transition.objects.order_by("pk").values_list("pk", flat=True))
    assert len(ids) > 4
    cut = next(iter(begun(api, "?after=")))
    assert cut.count(b"id: ") == 2, "whoever is cut off here has not heard of the rest"


def test_the_list_can_be_asked_for_a_part_and_so_can_events(
    api: Api, operator: Api, estate: Estate, clock: Time
) -> None:
    c8 = {each["id"] for each in api.rows("findings/", rule="C8", segment="default")}
    found = events(begun(api, "?after=&rule=C8&segment=default"))
    assert c8 == {each["data"]["finding"]["id"] for each in found}
    clock.at(clock.seconds + 2, acknowledging(operator, c8.pop()))
    part = begun(api, "?rule=C8&status=acknowledged,resolved")
    assert told(part) == [("acknowledged", "C8")]
    everything = told(begun(api, "?after="))
    assert told(begun(api, "?after=&status=open")) == [each for each in everything if each[0] == "opened"]


def test_what_grows_worse_and_what_ends_has_a_name(api: Api, estate: Estate, clock: Time) -> None:
    def two_more() -> None:
        at = {"third": "192.0.2.236", "another": "192.0.2.233"}
        estate.seen(9.5, *(seen_service(name, annotation=ip, status=[ip]) for name, ip in at.items()))
        estate.judged(9.6)

    def none() -> None:
        estate.seen(9.7)
        estate.judged(9.8)

    clock.at(1, two_more)
    clock.at(9, none)
    found = events(begun(api, "?within=192.0.2.232/29"))
    assert {"suspected", "worsened", "resolved"} <= {each["event"] for each in found}
    worse = next(each["data"]["transition"] for each in found if each["event"] == "worsened")
    assert worse["before"] == worse["after"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [("?status=broken", "status"), ("?within=x", "within"), ("?after=x", "after"), ("?at=2026-01-15", "at")],
)
def test_what_is_asked_wrongly_is_a_problem_and_no_stream(
    api: Api, clock: Time, asked: str, field: str
) -> None:
    reply = api.client.get(f"{V1}findings/events/{asked}", headers=HEAD)
    assert (reply.status_code, reply["Content-Type"]) == (400, "application/problem+json")
    assert list(reply.json()["errors"]) == [field]


def test_a_last_event_that_is_none_is_refused(api: Api, clock: Time) -> None:
    def asked(last: str) -> Any:
        return api.client.get(f"{V1}findings/events/", headers=HEAD | {"Last-Event-ID": last})

    assert list(asked("x").json()["errors"]) == ["Last-Event-ID"]
    assert asked("999999").status_code == 410


def test_more_streams_than_a_process_can_tell_come_later(api: Api, clock: Time) -> None:
    first, second = begun(api), begun(api)
    refused = api.client.get(f"{V1}findings/events/", headers=HEAD)
    assert (refused.status_code, refused["Retry-After"]) == (503, "15")
    assert refused["Content-Type"] == "application/problem+json"
    closed(first)  # nobody has read a word of it
    closed(begun(api))
    list(second)
    closed(begun(api))


def test_streams_look_together_once_a_second(api: Api, clock: Time) -> None:
    asked: list[float] = []

    def latest() -> int:
        asked.append(clock.seconds)
        return 7

    streams = Streams(latest, clock=clock)

    def stream() -> Iterator[bytes]:
        return streams.begin("anna", lambda position: (b"", position), b"", 7)

    both = zip(stream(), stream(), strict=True)
    next(both)
    next(both)
    assert len(asked) == len(set(asked)), "one second, one question"
    assert len(asked) <= clock.seconds + 1


def test_one_client_leaves_streams_to_the_others(clock: Time) -> None:
    streams = Streams(lambda: 7, most=6, clock=clock)

    def stream(who: str) -> Stream:
        return streams.begin(who, lambda position: (b"", position), b"", 7)

    greedy = [stream("token greedy") for _ in range(MOST_EACH)]
    with pytest.raises(TooMany):
        stream("token greedy")
    others = [stream("anna"), stream("token ci")]
    with pytest.raises(TooMany):
        stream("bo")
    for each in (*greedy, *others):
        each.close()
        each.close()
    stream("token greedy").close()


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream", "text/*, application/json;q=0.5"])
def test_browsers_and_curl_may_both_ask(api: Api, clock: Time, accept: str) -> None:
    reply = begun(api, Accept=accept)
    assert reply["Cache-Control"] == "no-store"
    assert reply["X-Accel-Buffering"] == "no"
    closed(reply)


def test_nothing_waits_in_a_compressor(api: Api, clock: Time) -> None:
    reply = begun(api, **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply
    assert next(iter(reply)).startswith(b"retry: ")
    closed(reply)


def test_whoever_asks_for_something_else_is_told_so(api: Api, clock: Time) -> None:
    reply = api.client.get(f"{V1}findings/events/", headers={"Accept": "application/json"})
    assert (reply.status_code, reply["Content-Type"]) == (406, "application/problem+json")


def test_its_head_alone_cannot_be_asked_for(api: Api, clock: Time) -> None:
    assert api.client.head(f"{V1}findings/events/").status_code == 405
