"""What a page says of the version, and how the notes of a release are read."""

from django.test import Client

from ipviz.version import VERSION
from ipviz.web.releases import pieces_of, releases_of
from tests.web.conftest import text_of

NOTES = """# Changelog

- is no release

## [Unreleased]

### Added

## [0.2.0] - 2026-12-01

### Added

- A thing, `told` in
  two lines.
- Another.

### Fixed

- What was *wrong*.

## [0.1.0] - 2026-11-26

### Added

- All.
"""


def test_each_release_is_read_with_its_sections_and_whole_paragraphs() -> None:
    later, first = releases_of(NOTES)
    assert (later.version, later.date) == ("0.2.0", "2026-12-01")
    assert later.sections == {
        "Added": ["A thing, `told` in two lines.", "Another."],
        "Fixed": ["What was *wrong*."],
    }
    assert first.sections == {"Added": ["All."]}


def test_a_paragraph_falls_into_pieces_and_loses_no_word() -> None:
    assert pieces_of("see `a*b*` or *this*.") == [
        ("see ", ""),
        ("a*b*", "code"),
        (" or ", ""),
        ("this", "em"),
        (".", ""),
    ]
    assert pieces_of("plain") == [("plain", "")]


def test_every_page_says_the_version_and_leads_to_the_notes(page: Client) -> None:
    assert f'<a href="/releases/">ipviz {VERSION}</a>' in page.get("/rules/").content.decode()
    told = text_of(page, "/releases/")
    assert f"This is ipviz {VERSION}." in told
    assert "The first release" not in told, "the preface of a release is not a change"
    assert "manage.py backup" in told or "make run" in told


def test_a_stranger_is_not_told_the_version(client: Client, db: None) -> None:
    assert VERSION not in client.get("/sign-in/", follow=True).content.decode()
