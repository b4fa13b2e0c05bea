"""Who is limited sees that, in every page, list, file and answer of the API, and no trace of the rest.

Beside the estate there is another on a segment of its own, with 198.51.100.0/24, all of whose names hold
`hushed`; and in gmc another organisation, whose names hold `secluded` and which has 192.0.2.177.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ipviz.accounts.limits import LimitRefused, Limits
from ipviz.accounts.models import ApiToken, PersonLimits, Role
from ipviz.accounts.people import PersonRefused, change_role, limit
from ipviz.accounts.roles import give_role
from ipviz.accounts.scopes import limits_of_people, scope_of_person
from ipviz.alerts.models import Delivery, Silence, Subscription
from ipviz.api.urls import urlpatterns
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.clusters.subnets import declare
from ipviz.domain.scope import EVERYTHING, Scope
from ipviz.findings.detect import detect
from ipviz.findings.models import Finding
from ipviz.findings.surveys import keep_surveys
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import sample
from ipviz.web.lists.catalogue import LISTINGS
from tests.alerts.stories import subscribed
from tests.builders import seen_address, seen_claim, seen_cluster, seen_node, seen_pool, seen_service
from tests.factories import management_cluster, minutes, see, segment, workload_cluster
from tests.web.conftest import NOW, Estate, text_of
from tests.web.test_every_page import LOOKED_AT, PAGES

HUSHED, SECLUDED = "hushed-mc/org-hushed/hushed-wc", "gmc/org-secluded/secluded-wc"
ACME, BETA = "gmc/org-acme", "gmc/org-acme/beta"
OF_HUSHED = ("hushed", "198.51.100.")
OF_SECLUDED = ("secluded", "192.0.2.177")
OF_OTHERS = ("anna@example.com", "used twice", "ticket-of-anna")
"""What others subscribed to, were mailed and silenced."""


@pytest.fixture
def estates(estate: Estate) -> Estate:
    """Both, with figures, and with something of everybody's."""
    hushed_mc = management_cluster("hushed-mc", on="hushed-seg")
    hushed = workload_cluster(hushed_mc, "hushed-wc", "org-hushed")
    secluded = workload_cluster(estate.gmc, "secluded-wc", "org-secluded")
    declare(segment("hushed-seg"), "198.51.100.0/24", name="hushed-net", gateway="198.51.100.1")
    for at, late in ((9.82, ""), (9.9, "-late")):
        see(
            hushed_mc,
            seen_pool("198.51.100.32-198.51.100.39", name="hushed-pool"),
            seen_claim("hushed-claim", pool="hushed-pool", address_name="hushed-address"),
            seen_address("198.51.100.33", "hushed-address", pool="hushed-pool"),
            seen_cluster("hushed-wc", "198.51.100.33", namespace="org-hushed"),
            at=minutes(at),
        )
        see(
            hushed,
            seen_node(f"hushed-0{late}", "198.51.100.33"),
            seen_service("hushed-svc", annotation="198.51.100.34"),
            at=minutes(at),
            unread=("ConfigMap",),
        )
        see(
            secluded,
            seen_service(f"secluded-svc{late}", annotation="192.0.2.177"),
            at=minutes(at),
            unread=("Node",),
        )
        for name in ("default", "hushed-seg"):
            detect(segment(name), estate_of, at=minutes(at + 0.01))
            keep_surveys(segment(name), estate_of(name), at=minutes(at + 0.01))
            sample(segment(name), estate_of(name), at=minutes(at + 0.01))
    subscribed()
    Delivery.objects.create(at=NOW, subject="used twice", text="", html="", message_id="<1@ipviz>")
    until = NOW.replace(hour=20)
    Silence.objects.create(
        rules=["C4"], starts_at=NOW, ends_at=until, reason="ticket-of-anna", by="anna", created_at=NOW
    )
    ApiToken.objects.create(name="hushed-pipelines", digest="x", created_at=NOW)
    return estate


@dataclass
class Somebody:
    """A person who is limited, with a browser in which a session is open."""

    person: User
    browser: Client

    def limited(self, segments: tuple[str, ...] = (), clusters: tuple[str, ...] = ()) -> "Somebody":
        limit(self.person, Limits(segments=segments, clusters=clusters), at=NOW)
        return self

    def text(self, url: str, status: int = 200) -> str:
        return text_of(self.browser, url, status)


@pytest.fixture
def somebody(estates: Estate) -> Somebody:
    """An operator: whoever looks only is shown less."""
    person = User.objects.create_user("dora")
    give_role(person, Role.OPERATOR)
    browser = Client()
    browser.force_login(person)
    return Somebody(person, browser)


def hushed_finding() -> Finding:
    return Finding.objects.filter(segment__name="hushed-seg").earliest("pk")


def subnet_on(name: str) -> Subnet:
    return Subnet.objects.get(segment__name=name, declared=True)


def pk_of(found: Callable[[], Any]) -> Callable[[], list[Any]]:
    return lambda: [found().pk]


UNSEEN: dict[str, tuple[Callable[[], list[Any]], str]] = {
    "subnet": (lambda: ["198.51.100.0-24"], "segment=hushed-seg"),
    "map": (lambda: ["198.51.100.0-24"], "segment=hushed-seg"),
    "notes": (lambda: ["198.51.100.0-24"], "segment=hushed-seg"),
    "report": (lambda: ["198.51.100.0-24"], "segment=hushed-seg"),
    "finding": (pk_of(hushed_finding), ""),
    "handle": (pk_of(hushed_finding), ""),
    "cluster": (lambda: [HUSHED], ""),
    "mail": (pk_of(Delivery.objects.get), ""),
    "subscription": (pk_of(Subscription.objects.get), ""),
    "handle-subscription": (pk_of(Subscription.objects.get), ""),
    "end-silence": (pk_of(Silence.objects.get), ""),
    "settings-subnet": (pk_of(lambda: subnet_on("hushed-seg")), ""),
    "settings-remove-subnet": (pk_of(lambda: subnet_on("hushed-seg")), ""),
}
"""By page: what it is about that is not seen, and what is asked besides. It is not there."""
OF_NO_THING = {"address", "file", "settings-remove-segment"}
"""There is a page of every address; who sees a part removes no segment; files are walked by themselves."""
UNSEEN_BY_PROGRAMS: dict[str, Callable[[], list[Any]]] = {
    "segment": lambda: ["hushed-seg"],
    **dict.fromkeys(("cluster", "poll"), pk_of(lambda: Cluster.objects.get(path=HUSHED))),
    **dict.fromkeys(("subnet", "map", "free", "kept-plan"), pk_of(lambda: subnet_on("hushed-seg"))),
    **dict.fromkeys(("finding", "acknowledge", "silence", "reopen"), pk_of(hushed_finding)),
    **dict.fromkeys(("one-silence", "end-silence"), pk_of(Silence.objects.get)),
    **dict.fromkeys(
        ("subscription", "stop-subscription", "start-subscription", "test-subscription"),
        pk_of(Subscription.objects.get),
    ),
}


SAME_TO_ALL = {"nothing", "schema", "docs"}
"""What says nothing of what is stored."""


def is_for_admins(name: str) -> bool:
    return Role.ADMIN in (PAGES[name].looks, PAGES[name].posts if not PAGES[name].looks else None)


def pages_of_all() -> Iterator[str]:
    """Every page as everybody asks for it, now and then; every file; every list of the API."""
    then = "2026-01-15T09:09:55Z"
    for name in LOOKED_AT:
        url = reverse(f"web:{name}", args=PAGES[name].arguments())
        yield from (url, f"{url}?at={then}")
    for name in LISTINGS:
        yield from (reverse("web:file", args=[name, wanted]) for wanted in ("csv", "json"))
    yield from ("/subnets/192.0.2.0-24/?address=192.0.2.236", "/plan/range/?cluster=beta", "/changes/?q=svc")
    yield from ("/findings/?status=all&group=segment", "/addresses/192.0.2.177/", "/search/?q=ush")
    for each in urlpatterns:
        has_arguments = "<" in str(each.pattern)
        if hasattr(each.callback.view_class, "get") and not has_arguments and each.name not in SAME_TO_ALL:  # type: ignore[attr-defined]
            yield reverse(f"api:{each.name}")
    yield from ("/api/v1/lookup/192.0.2.236/", "/api/v1/lookup/198.51.100.33/", "/api/v1/lookup/192.0.2.177/")
    yield from ("/api/v1/findings/events/?after=", "/metrics")


def body_of(answer: Any) -> str:
    """Of a stream of events the first piece, which is all that happened so far."""
    if not answer.streaming:
        return str(answer.content.decode())
    if "event-stream" not in answer["Content-Type"]:
        return str(answer.getvalue().decode())
    first: bytes = next(iter(answer))
    answer._iterator.close()  # as a reader who goes away
    return first.decode()


def answered(browser: Client, url: str) -> str:
    """Without the parts of it that say again what was asked for."""
    answer = browser.get(url)
    assert answer.status_code in (200, 302, 400, 403, 404, 405), url
    text = body_of(answer)
    asked = (
        url.removeprefix("/").rpartition("lookup/")[2].split("/?")[0].rpartition("addresses/")[2].strip("/")
    )
    return text.replace(asked, "") if asked else text


def leaks(browser: Client, words: tuple[str, ...]) -> dict[str, list[str]]:
    """By page: the words of things that are not seen and stand there all the same."""
    texts = {url: answered(browser, url) for url in pages_of_all()}
    return {url: found for url, text in texts.items() if (found := [word for word in words if word in text])}


def test_every_page_about_something_has_something_unseen() -> None:
    about = {name for name in PAGES if PAGES[name].arguments is not list and not is_for_admins(name)}
    assert about == UNSEEN.keys() | OF_NO_THING
    of_api = {str(each.name) for each in urlpatterns if "<" in str(each.pattern)}
    assert of_api == UNSEEN_BY_PROGRAMS.keys() | {"lookup"}


def test_of_a_segment_is_told_everywhere_and_of_no_other(somebody: Somebody) -> None:
    assert leaks(somebody.browser, OF_HUSHED), "who is not limited sees them"
    assert leaks(somebody.limited(segments=("default",)).browser, OF_HUSHED + OF_OTHERS) == {}
    assert "gmc" in somebody.text("/clusters/")
    assert "secluded-svc" in somebody.text("/services/")
    assert "192.0.2.0/24" in somebody.text("/subnets/")


@pytest.mark.parametrize("seen", [ACME, BETA])
def test_of_an_organisation_or_a_cluster_is_told_everywhere_and_of_no_other(
    seen: str, somebody: Somebody
) -> None:
    words = (*OF_HUSHED, *OF_SECLUDED, *OF_OTHERS, "/subnets/192.0.2.0-24")
    assert leaks(somebody.limited(clusters=(seen,)).browser, words) == {}
    assert "ingress" in somebody.text("/services/")
    assert ("alpha-0" in somebody.text("/addresses/")) == (seen == ACME)
    assert "C8" in somebody.text("/findings/")
    for url in ("/subnets/192.0.2.0-24/", "/clusters/gmc/", f"/clusters/{SECLUDED}/"):
        assert somebody.browser.get(url).status_code == 404


def test_what_is_not_seen_is_not_there(somebody: Somebody) -> None:
    somebody.limited(segments=("default",))
    for name, (arguments, asked) in UNSEEN.items():
        url = f"{reverse(f'web:{name}', args=arguments())}?{asked}"
        if PAGES[name].looks and name != "settings-remove-subnet":
            assert somebody.browser.get(url).status_code == 404, url
        if PAGES[name].posts:
            assert somebody.browser.post(url, {"do": "acknowledge"}).status_code == 404, url
    for name, arguments in UNSEEN_BY_PROGRAMS.items():
        for method in ("GET", "POST", "PATCH", "PUT"):
            answer = somebody.browser.generic(
                method, reverse(f"api:{name}", args=arguments()), "{}", content_type="application/json"
            )
            assert answer.status_code in (404, 405), (method, name)
    assert somebody.browser.post("/poll/", {"cluster": HUSHED}).status_code == 404
    assert somebody.browser.post("/plan/forget/", {"subnet": subnet_on("hushed-seg").pk}).status_code == 404


@pytest.mark.parametrize(
    ("unseen", "unknown"),
    [
        (f"/clusters/{HUSHED}/", "/clusters/nowhere/org-no/nothing/"),
        ("/subnets/198.51.100.0-24/?segment=hushed-seg", "/subnets/198.51.100.0-24/?segment=nowhere"),
        ("/addresses/198.51.100.33/?segment=hushed-seg", "/addresses/198.51.100.33/?segment=nowhere"),
        ("/search/?q=hushed-svc", "/search/?q=nowhere"),
        ("/search/?q=198.51.100.0/24", "/search/?q=203.0.113.0/24"),
        ("/settings/subnets/?cidr=198.51.100.0/24", "/settings/subnets/?cidr=203.0.113.0/24"),
        (
            "/plan/divide/?cidr=198.51.100.0/24&segment=hushed-seg",
            "/plan/divide/?cidr=198.51.100.0/24&segment=nowhere",
        ),
        ("/findings/?segment=hushed-seg", "/findings/?segment=nowhere"),
        (f"/changes/?cluster={HUSHED}", "/changes/?cluster=nowhere/org-no/nothing"),
    ],
)
def test_what_is_not_seen_is_answered_as_what_does_not_exist(
    somebody: Somebody, unseen: str, unknown: str
) -> None:
    somebody.limited(segments=("default",))
    answers = [somebody.browser.get(url) for url in (unseen, unknown)]
    assert answers[0].status_code == answers[1].status_code
    shown = [
        answer.content.decode()
        .replace(HUSHED, "X")
        .replace("nowhere/org-no/nothing", "X")
        .replace(quote(HUSHED, safe=""), "X")
        .replace(quote("nowhere/org-no/nothing", safe=""), "X")
        .replace("hushed-seg", "X")
        .replace("hushed-svc", "X")
        .replace("nowhere", "X")
        .replace("203.0.113.0", "198.51.100.0")
        for answer in answers
    ]
    assert without_tokens(shown[0]) == without_tokens(shown[1])


def without_tokens(html: str) -> list[str]:
    return [line for line in html.splitlines() if "csrfmiddlewaretoken" not in line]


def test_search_finds_what_is_seen(somebody: Somebody) -> None:
    somebody.limited(clusters=(ACME,))
    assert "beta" in somebody.text("/search/?q=ingress")
    assert "secluded-wc" not in somebody.text("/search/?q=svc")
    assert "192.0.2.177" not in somebody.text("/search/?q=192.0.2.170-192.0.2.180").replace(
        "192.0.2.170-192.0.2.180", ""
    )
    assert somebody.browser.get("/search/?q=192.0.2.236")["Location"] == "/addresses/192.0.2.236/"


def test_counts_are_of_what_is_seen(somebody: Somebody) -> None:
    somebody.limited(segments=("hushed-seg",))
    standing = Finding.objects.standing().on("hushed-seg").count()
    assert 0 < standing < Finding.objects.standing().count()
    assert f">{standing}<" in somebody.text("/frame/")
    assert "1 declared, 0 inferred" in somebody.text("/settings/")
    somebody.limited(clusters=(ACME,))
    assert "0 declared, 0 inferred" in somebody.text("/settings/")


def test_figures_of_everything_are_for_who_sees_everything(somebody: Somebody) -> None:
    somebody.text("/metrics")
    assert "who asks sees a part of it" in somebody.limited(clusters=(ACME,)).text("/metrics", 403)


def test_the_list_of_addresses_names_no_subnet_that_is_not_seen(somebody: Somebody) -> None:
    def listed() -> str:
        return str(somebody.browser.get("/lists/addresses.csv").getvalue().decode())

    somebody.limited(segments=("default",))
    assert "192.0.2.0/24" in listed()
    somebody.limited(clusters=(ACME,))
    assert "192.0.2.0/24" not in listed()


def test_who_sees_a_part_of_a_segment_is_not_told_that_an_address_is_free(somebody: Somebody) -> None:
    html = somebody.limited(clusters=(ACME,)).text("/addresses/192.0.2.177/")
    assert "You see a part of segment default" in html
    assert "free" not in html


def test_changed_limits_hold_at_once_in_an_open_session(somebody: Somebody) -> None:
    url = f"/clusters/{HUSHED}/"
    somebody.text(url)
    somebody.limited(segments=("default",)).text(url, 404)
    somebody.limited(clusters=("hushed-mc",)).text(url)
    somebody.limited().text(f"/clusters/{BETA}/")
    assert not PersonLimits.objects.exists()


def test_a_finding_is_handled_by_who_sees_every_side(somebody: Somebody, estates: Estate) -> None:
    somebody.limited(clusters=(ACME,))
    url = f"/findings/{estates.collision.pk}/"
    assert "who sees all of them handles it" in somebody.text(url)
    answer = somebody.browser.post(f"{url}handle/", {"do": "acknowledge"})
    assert (answer.status_code, estates.collision.status) == (400, "open")
    several = {"do": "acknowledge", "finding": [estates.collision.pk, hushed_finding().pk]}
    somebody.browser.post("/findings/handle/", several)
    assert not Finding.objects.filter(status="acknowledged").exists()
    somebody.limited(segments=("default",))
    assert somebody.browser.post(f"{url}handle/", {"do": "acknowledge"}).status_code == 302
    assert estates.collision.status == "acknowledged"


def test_the_map_around_a_finding_is_for_who_sees_the_segment(somebody: Somebody, estates: Estate) -> None:
    url = f"/findings/{estates.collision.pk}/"
    assert 'id="where"' in somebody.limited(segments=("default",)).text(url)
    assert 'id="where"' not in somebody.limited(clusters=(ACME,)).text(url)


def test_what_goes_for_all_is_done_by_who_sees_all(somebody: Somebody) -> None:
    somebody.limited(segments=("default",))
    for url in ("/silences/", "/settings/segments/", "/settings/segments/hushed-seg/remove/"):
        answer = somebody.browser.post(url, {"name": "new", "rules": "C4", "reason": "x", "hours": "4"})
        assert (answer.status_code, "you see a part" in answer.content.decode()) == (403, True), url
    assert Segment.objects.filter(name="hushed-seg").exists()


def test_subnets_are_declared_on_what_is_seen(somebody: Somebody) -> None:
    somebody.limited(segments=("default",))
    asked = {"cidr": "203.0.113.0/24", "segment": "hushed-seg"}
    refused = somebody.browser.post("/settings/subnets/", asked)
    assert (refused.status_code, "not one of the available" in refused.content.decode()) == (400, True)
    assert somebody.browser.post("/settings/subnets/", asked | {"segment": "default"}).status_code == 302


WISH = {"address": "dora@example.com", "at_once": "grave", "rhythm": "daily", "zone": "UTC", "lowest": "info"}


@pytest.mark.parametrize(("field", "unseen"), [("segments", "hushed-seg"), ("clusters", HUSHED)])
def test_who_sees_a_part_subscribes_to_that_part(somebody: Somebody, field: str, unseen: str) -> None:
    somebody.limited(segments=("default",))
    for name in (unseen, "nothing-here"):
        refused = somebody.browser.post("/subscriptions/", WISH | {field: name})
        said = refused.content.decode().replace(f'value="{name}"', "")
        assert refused.status_code == 400
        assert f"{name}:" in said
        assert "hushed" not in said.replace(name, "")
    assert somebody.browser.post("/subscriptions/", WISH).status_code == 302
    made = Subscription.objects.get(address="dora@example.com")
    assert made.person == somebody.person
    listed = somebody.text("/subscriptions/")
    assert "dora@example.com" in listed
    assert "anna@example.com" not in listed
    somebody.text(made.get_absolute_url())


def test_of_the_mails_to_oneself_those_are_seen_that_tell_of_what_is_seen(
    somebody: Somebody, estates: Estate
) -> None:
    subscribed("dora@example.com", person=somebody.person)
    mails = {
        name: Delivery.objects.create(
            at=NOW, address="dora@example.com", subject=name, text="", html="", message_id=name, kind=kind
        )
        for name, kind in (
            ("of-default", "news"),
            ("of-both", "news"),
            ("of-all", "digest"),
            ("trial", "test"),
        )
    }
    for name, findings in (
        ("of-default", [estates.collision]),
        ("of-both", [estates.collision, hushed_finding()]),
    ):
        for each in findings:
            each.alerts.create(
                delivery=mails[name], address="dora@example.com", occurrence=1, reason="first", because="",
                at=NOW, severity="high", sides=2,
            )  # fmt: skip
    somebody.limited(segments=("default",))
    told = somebody.text("/alerts/")
    assert [name for name in mails if name in told] == ["of-default", "trial"]
    assert somebody.browser.get(mails["of-both"].get_absolute_url()).status_code == 404


def test_admins_are_never_limited(somebody: Somebody) -> None:
    somebody.limited(segments=("default",))
    boss = User.objects.create_user("boss")
    give_role(boss, Role.ADMIN)
    change_role(somebody.person, Role.ADMIN, by=boss)
    assert limits_of_people() == {}
    somebody.text(f"/clusters/{HUSHED}/")
    with pytest.raises(PersonRefused, match="dora is an admin, who sees everything: change the role first"):
        somebody.limited(segments=("default",))
    change_role(somebody.person, Role.VIEWER, by=boss)
    assert scope_of_person(User.objects.get(username="dora")) == Scope(frozenset({"default"}))
    assert scope_of_person(boss) == EVERYTHING


def test_a_limit_names_what_is_there(somebody: Somebody) -> None:
    for clusters in (("gmc/org-none",), ("gmc/org-ac",), ("gm",)):
        with pytest.raises(LimitRefused, match="There is no cluster"):
            somebody.limited(clusters=clusters)
    with pytest.raises(LimitRefused, match="There is no segment nowhere"):
        somebody.limited(segments=("nowhere",))


def test_an_admin_limits_a_person_on_the_page_of_people(admin: Client, somebody: Somebody) -> None:
    url = reverse("web:settings-person", args=[somebody.person.pk])
    refused = admin.post(url, {"do": "limit", "segments": "default", "clusters": "gmc/nothing"})
    assert (refused.status_code, "There is no cluster gmc/nothing" in refused.content.decode()) == (400, True)
    assert admin.post(url, {"do": "limit", "segments": "", "clusters": ACME}).status_code == 302
    assert scope_of_person(User.objects.get(username="dora")) == Scope(clusters=frozenset({ACME}))
    for shown in (url, "/settings/people/"):
        assert f"sees clusters {ACME}" in text_of(admin, shown)
    assert admin.post(url, {"do": "limit", "segments": "", "clusters": ""}).status_code == 302
    assert not PersonLimits.objects.exists()
