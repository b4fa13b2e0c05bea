"""What a mail says, and that names from a cluster stay text in it."""

import re
import unicodedata
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipviz.alerts.emails import MOST_ROWS, MOST_SIDES, SUBJECT_LENGTH, Item, Mail, render
from ipviz.clusters.models import Segment
from ipviz.domain.news import Reason
from ipviz.findings.models import Finding, Party
from tests.alerts.stories import AT, HOUR, POLICY, TITLE, add_party, suspected

pytestmark = pytest.mark.django_db
STOP = f"{POLICY.base_url}/mail/stop/unsigned/"
HOSTILE = [
    pytest.param("web https://evil.example/pay", id="a link"),
    pytest.param("web\r\nBcc: eve@example.com\r\n\r\nPay now", id="newlines"),
    pytest.param("\"'`</p><script>alert(1)</script><a href='//evil.example'>", id="markup"),
    pytest.param("{{ settings.SECRET_KEY }}{% debug %}", id="template"),
    pytest.param("web\u202egnp.exe\u2066\u200f\u200b\ufeff", id="direction marks"),
    pytest.param("web\x00\x1b[31m\u2028\u2029\x85", id="controls"),
    pytest.param("web\ud800", id="half a character"),
    pytest.param("w" * 253, id="the longest name"),
    pytest.param("=?utf-8?q?Invoice?= ёжик 網路", id="other scripts"),
]


class Tags(HTMLParser):
    """The tags of a mail, and what it refers to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links |= {value or "" for name, value in attrs if name in {"href", "src", "background"}}


def mail_of(finding: Finding, reason: Reason = Reason.FIRST, first_subject: str = "") -> Mail:
    parties = list(Party.objects.filter(finding=finding))
    return render([Item(finding, parties, reason, "two looks agreed")], POLICY, first_subject=first_subject)


def test_the_first_mail_reads_like_the_findings_page() -> None:
    finding = suspected(severity="critical")
    mail = mail_of(finding)
    assert mail.subject == f"[ipviz] CRITICAL {TITLE}"
    lines = mail.text.splitlines()
    assert lines[0] == TITLE
    assert lines[1] == "First seen 2026-03-01 09:00 UTC. How sure: two looks agreed."
    in_order = [
        "Who",
        "  Service shop/web in blue",
        "    address of a LoadBalancer Service, not tracked by IPAM, since 2026-03-01 09:00 UTC",
        "  Service shop/web in green",
        "    address of a LoadBalancer Service, tracked by IPAM, since 2026-03-01 09:00 UTC",
        "Why this is wrong",
        "  Both answer ARP for it, so that whoever asks reaches one or the other.",
        "What to do",
        "  Give one of the two Services another address:",
        "    kubectl edit service web",
        f"https://ipviz.example.org/findings/{finding.pk}/",
        "As read at 2026-03-01 09:00 UTC; the page shows how it is now.",
    ]
    places = [lines.index(line) for line in in_order]
    assert places == sorted(places)
    assert lines[-1].endswith(f"To stop these mails: {STOP}")
    assert "\n\n\n" not in mail.text


def test_the_last_mail_says_so_first() -> None:
    finding = suspected(status="resolved", resolved_at=AT + timedelta(hours=2, minutes=10))
    mail = mail_of(finding, Reason.RESOLVED, first_subject="[ipviz] CRITICAL as it was")
    assert mail.subject == "Re: [ipviz] CRITICAL as it was"
    assert mail.text.splitlines()[:2] == [
        f"Resolved: {TITLE}",
        "It lasted 2 h 10 min, until 2026-03-01 11:10 UTC. Why: two looks agreed.",
    ]
    assert "What to do" not in mail.text
    assert "Resolved: " in mail.html
    assert "\n\n\n" not in mail.text


def test_what_rests_on_something_unreadable_says_so() -> None:
    finding = suspected(stale=True)
    add_party(finding, "violet", stale=True, holder="violet-worker-0", consumer="Services of violet")
    mail = mail_of(finding)
    assert "It rests in part on what cannot be read now." in mail.text
    assert "for Services of violet, not tracked by IPAM, announced by violet-worker-0" in mail.text
    assert "cannot be read now: as last seen" in mail.text


def test_a_crowd_is_cut_short() -> None:
    finding = suspected()
    for number in range(30):
        add_party(finding, f"crowd-{number:02}")
    mail = mail_of(finding)
    assert mail.text.count("Service shop/web in ") == MOST_SIDES
    assert "and 12 more, on the page" in mail.text
    assert "and 12 more, on the page" in mail.html


@pytest.mark.parametrize(
    ("reason", "first", "second"),
    [
        (Reason.WORSE, f"Worse: {TITLE}", "Why now: two looks agreed."),
        (Reason.REMINDER, f"Still so: {TITLE}", "Why now: two looks agreed."),
    ],
)
def test_a_mail_in_between_says_what_it_is_first(reason: Reason, first: str, second: str) -> None:
    lines = mail_of(suspected(), reason).text.splitlines()
    assert lines[0] == first
    assert lines[1].endswith(second)
    assert "What to do" in lines


def several(count: int) -> list[Item]:
    items = []
    for n in range(count):
        severity, rank = ("critical", 0) if n % 2 else ("high", 1)
        finding = suspected(
            f"192.0.2.{n}", title=f"Two use 192.0.2.{n}", severity=severity, severity_rank=rank
        )
        items.append(Item(finding, [], Reason.RESOLVED if n == 2 else Reason.FIRST, "two looks agreed"))
    return items


def test_several_are_one_mail_with_a_table() -> None:
    items = several(4)
    mail = render(items, POLICY)
    assert mail.subject == "[ipviz] CRITICAL 3 new and 1 resolved: Two use 192.0.2.1, and 3 more"
    lines = mail.text.splitlines()
    assert lines[0] == "4 findings: 3 new and 1 resolved"
    in_order = [
        "New (3)",
        "  critical: Two use 192.0.2.1",
        "  critical: Two use 192.0.2.3",
        "  high: Two use 192.0.2.0",
        "Resolved (1)",
        "  high: Two use 192.0.2.2",
        "https://ipviz.example.org/findings/",
    ]
    places = [lines.index(line) for line in in_order]
    assert places == sorted(places)
    links = {f"{POLICY.base_url}/findings/{item.finding.pk}/" for item in items}
    handled = {
        f"{POLICY.base_url}/mail/handle/unsigned-{item.finding.pk}.1/"
        for item in (items[0], items[1], items[3])
    }
    frame = {POLICY.base_url, f"{POLICY.base_url}/findings/", STOP}
    assert Tags(mail.html).links == {*frame, *links, *handled}
    assert all(link in mail.text for link in links)
    assert "\n\n\n" not in mail.text


def test_of_very_many_the_mail_says_how_many_more() -> None:
    mail = render(several(40), POLICY)
    assert mail.text.count("  critical: ") + mail.text.count("  high: ") == MOST_ROWS
    assert "And 20 more, on the page of findings." in mail.text
    assert "And 20 more, on the page of findings." in mail.html


def test_a_hostile_name_stays_inert_in_a_table() -> None:
    items = several(2)
    harmless = Tags(render(items, POLICY).html)
    for item in items:
        item.finding.title = '"</td><script>alert(1)</script>\r\nBcc: eve@example.com\u202e'
    mail = render(items, POLICY)
    assert set(Tags(mail.html).tags) == set(harmless.tags)
    assert len(mail.subject.splitlines()) == 1
    assert not re.search(r"^Bcc", mail.text, re.MULTILINE)
    assert "\u202e" not in mail.subject + mail.text + mail.html


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_inert(name: str) -> None:
    facts = {"title": f"{name} uses 192.0.2.7", "explanation": f"It is {name}.", "remedy": f"Ask {name}."}
    harmless = mail_of(suspected("192.0.2.1"))
    finding = suspected()
    add_party(finding, "violet")
    parties = list(Party.objects.filter(finding=finding))
    # No database stores each of these; the mail does not rely on it.
    for key, value in facts.items():
        setattr(finding, key, value)
    for party in parties:
        party.namespace = party.name = party.cluster_path = party.consumer = party.holder = name
    mail = render([Item(finding, parties, Reason.FIRST, name)], POLICY)
    for text in (mail.subject, *mail.text.split("\n"), *mail.html.split("\n")):
        assert not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        text.encode()
    assert len(mail.subject) <= SUBJECT_LENGTH
    tags, expected = Tags(mail.html), Tags(harmless.html)
    assert set(tags.tags) == set(expected.tags)
    page, handled = f"/findings/{finding.pk}/", f"/mail/handle/unsigned-{finding.pk}.1/"
    assert tags.links == {POLICY.base_url, STOP, *(POLICY.base_url + path for path in (page, handled))}
    assert not re.search(r"^(Bcc|Pay now)", mail.text, re.MULTILINE)
    assert "https://evil" not in mail.subject + mail.text + mail.html


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.text(alphabet=st.characters(), max_size=300))
def test_no_title_leaves_its_line(title: str) -> None:
    facts = {"title": f"x{title}", "severity": "high", "first_seen": AT, "last_seen": AT}
    finding = Finding(pk=1, segment=Segment(name="default"), **facts)
    mail = render([Item(finding, [], Reason.FIRST, "so")], POLICY)
    assert len(mail.subject.splitlines()) == 1
    assert len(mail.subject) <= SUBJECT_LENGTH
    assert mail.text.splitlines()[1].startswith("First seen ")


def test_the_html_loads_nothing_and_stands_alone() -> None:
    html = mail_of(suspected()).html
    assert not {"img", "script", "style", "link", "iframe", "form"} & set(Tags(html).tags)
    assert 'name="color-scheme" content="light dark"' in html


def test_a_remedy_keeps_its_lines_and_indents_in_both() -> None:
    mail = mail_of(suspected(remedy="Do this:\n  one\n    two"))
    assert "  Do this:\n    one\n      two\n" in mail.text
    assert "Do this:</bdi><br><bdi>  one</bdi><br><bdi>    two</bdi>" in mail.html


def test_an_occurrence_of_a_moment_has_a_length_in_words() -> None:
    lasted = [timedelta(seconds=59), timedelta(minutes=1), HOUR, timedelta(days=3, minutes=5)]
    words = ["less than a minute", "1 min", "1 h", "3 d"]
    for number, (length, word) in enumerate(zip(lasted, words, strict=True)):
        finding = suspected(f"192.0.2.{number}", status="resolved", resolved_at=AT + length)
        assert f"It lasted {word}, until" in mail_of(finding, Reason.RESOLVED).text
