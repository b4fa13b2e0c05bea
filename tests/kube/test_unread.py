"""What is said of what could not be read: of a kind, and of a cluster of which nothing could be."""

from collections.abc import Collection, Iterator

import pytest

from ipviz.domain.seen import Fault, Observation, Read
from ipviz.kube.errors import (
    Expired,
    Forbidden,
    Interrupted,
    KubeError,
    NotInstalled,
    ServerFault,
    Throttled,
    Unauthorized,
    Unreachable,
)
from ipviz.kube.kinds import Name
from ipviz.kube.listing import Page
from ipviz.kube.parse import parse
from tests.kube.reading import unread
from tests.kube.samples import cloud_provider, listing, meta, names_of, page, pages


def facts(found: Observation) -> tuple[str, Fault | None, float | None]:
    return found.error, found.fault, found.retry_after


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Unreachable("it is away"), Fault.UNREACHABLE),
        (Unauthorized("it is away"), Fault.REFUSED),
        (Interrupted("it is away"), Fault.UNREACHABLE),
        (ServerFault("it is away"), Fault.OTHER),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, KubeError) else "",
)
def test_where_nothing_was_read_the_first_error_says_why(error: KubeError, fault: Fault) -> None:
    found = parse(listing(Namespace=error, Node=Forbidden("not yours"), Service=Forbidden("not yours")))
    assert unread(found) == ["Namespace", "Node", "Service"]
    assert facts(found) == ("it is away", fault, None)


def test_where_something_was_read_no_fault_is_the_clusters() -> None:
    found = parse(listing(Namespace=Interrupted("it is away"), Node=page()))
    assert found.fault is Fault.UNREACHABLE
    found = parse(listing(Namespace=page(), Node=Interrupted("it is away"), Service=page()))
    assert (unread(found), facts(found)) == (["Node"], ("", None, None))


def test_a_kind_that_is_not_installed_was_read() -> None:
    found = parse(listing(Node=Forbidden("not yours"), Lease=NotInstalled("no leases")))
    assert (unread(found), facts(found)) == (["Node"], ("", None, None))


def test_the_longest_wait_that_was_asked_for_is_kept() -> None:
    found = parse(
        listing(
            Namespace=page(),
            Node=Throttled("too busy", retry_after=7.0),
            Service=ServerFault("too busy", retry_after=30.0),
            Lease=Throttled("too busy"),
            Pod=Throttled("too busy", retry_after=1.0),
        )
    )
    assert unread(found) == ["Node", "Service", "Pod", "Lease"]
    assert facts(found) == ("", None, 30.0)


def test_who_asks_us_to_wait_is_not_asked_again_in_this_poll() -> None:
    asked: list[Collection[Name]] = []

    def busy(names: Collection[Name]) -> Iterator[Page]:
        asked.append(names)
        raise Throttled("too busy", retry_after=0.0)

    found = parse({"Service": busy})
    assert facts(found) == ("too busy", Fault.OTHER, 0.0)
    assert len(asked) == 1


def test_a_list_that_expires_on_a_later_page_leaves_nothing_of_the_first() -> None:
    first = page({"metadata": meta("gone")})
    found = parse({"Node": pages(first, Expired("too old"))})
    assert (unread(found), found.error) == (["Node"], "too old")


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet"])
def test_whatever_runs_the_cloud_provider_names_config_maps(kind: str) -> None:
    asked: list[Collection[Name]] = []

    def config_maps(names: Collection[Name]) -> Iterator[Page]:
        asked.append(names)
        return iter(())

    provider = cloud_provider({"KUBEVIP_NAMESPACE": "lb", "KUBEVIP_CONFIG_MAP": "ranges"})
    workloads = {"Deployment": page(), "DaemonSet": page(), kind: page(provider)}
    parse({**listing(**workloads), "ConfigMap": config_maps})
    assert asked == [
        (("kube-system", "kube-vip-cloud-provider"), ("kube-system", "kubevip"), ("lb", "ranges"))
    ]


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet"])
def test_config_maps_are_unread_where_we_cannot_know_which(kind: str) -> None:
    good: dict[str, bytes | Exception] = {"Deployment": page(), "DaemonSet": page(), "ConfigMap": page()}
    found = parse(listing(**{**good, kind: ServerFault("it fell over")}))
    assert unread(found) == [kind, "ConfigMap"]
    assert "it fell over" in str(found.kinds["ConfigMap"])
    found = parse(listing(**{**good, kind: Forbidden("not yours")}))
    assert unread(found) == [kind]
    found = parse(listing(**{**good, kind: NotInstalled("none")}))
    assert (unread(found), names_of(found.kinds[kind])) == ([], [])
    assert isinstance(found.kinds["ConfigMap"], Read)
