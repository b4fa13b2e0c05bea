"""The notes of each release, as CHANGELOG.md has them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_RELEASE = re.compile(r"## \[(?P<version>[^]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?$")
_MARKED = re.compile(r"`([^`]+)`|\*([^*]+)\*")

Piece = tuple[str, str]
"""A text and how it is marked: as `code`, with `em`, or not at all."""


@dataclass(frozen=True, slots=True)
class Release:
    """One version; that which is not released yet has no date."""

    version: str
    date: str
    sections: dict[str, list[str]] = field(default_factory=dict)
    """What was added, changed, removed, fixed: each change as one paragraph."""

    @property
    def told(self) -> Iterator[tuple[str, list[list[Piece]]]]:
        return ((title, [pieces_of(each) for each in changes]) for title, changes in self.sections.items())


@cache
def notes(folder: Path) -> str:
    return (folder / "CHANGELOG.md").read_text()


def releases_of(text: str) -> Sequence[Release]:
    """Those of which there is something to tell, the latest first."""
    found: list[Release] = []
    changes: list[str] = []
    for line in text.splitlines():
        if release := _RELEASE.match(line):
            found.append(Release(release["version"], release["date"] or ""))
        elif line.startswith("### ") and found:
            changes = found[-1].sections.setdefault(line[4:], [])
        elif line.startswith("- "):
            changes.append(line[2:])
        elif line.startswith("  ") and changes:
            changes[-1] += f" {line.strip()}"
    return [each for each in found if any(each.sections.values())]


def pieces_of(text: str) -> list[Piece]:
    """A paragraph in pieces, in order."""
    pieces, at = [], 0
    for marked in _MARKED.finditer(text):
        code, stressed = marked.groups()
        pieces += [(text[at : marked.start()], ""), (code or stressed, "code" if code else "em")]
        at = marked.end()
    return [each for each in (*pieces, (text[at:], "")) if each[0]]
