"""The file of a backup: a head, one row a line, and an end that tells a whole file from one that was cut off.

Every line is JSON. Rows are as Django's own serializer writes them, with the numbers that they have in the
database: links in mails, and programs, name findings and subscriptions by these.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

FORMAT = 1
KIND = "backup of ipviz"

Row = dict[str, Any]


class WrongFile(ValueError):
    """The file can't be restored; the text says which line is wrong and how."""


@dataclass(frozen=True, slots=True)
class Head:
    """Who wrote the file, and when. `signature` tells whether the SECRET_KEY is still the same."""

    version: str
    at: str
    signature: str = ""
    format: int = FORMAT


def head_line(head: Head) -> str:
    return json.dumps({"file": KIND, **asdict(head)})


def end_line(rows: int, digest: str) -> str:
    return json.dumps({"end": rows, "digest": digest})


def read_head(line: bytes, version: str) -> Head:
    """The head of a file for this version of ipviz.

    Raises:
        WrongFile: it is no backup, or a later version wrote it in a format that this one does not know.
    """
    told = _read(line, 1) if line else {}
    if told.pop("file", None) != KIND:
        raise WrongFile("line 1: this is no backup of ipviz, which begins with a line that says so")
    wrote, format_ = told.get("version", "another"), told.get("format")
    if not isinstance(format_, int) or format_ > FORMAT:
        raise WrongFile(
            f"ipviz {wrote} wrote it, in format {format_}; this is ipviz {version}, which reads up to format "
            f"{FORMAT}: restore it with ipviz {wrote}, or later"
        )
    try:
        return Head(**told)
    except TypeError:
        raise WrongFile("line 1: the head of the backup is not whole") from None


def read_rows(lines: Iterator[bytes]) -> Iterator[tuple[int, Row]]:
    """The rows that follow the head, each with the number of its line.

    Raises:
        WrongFile: at a line that is damaged, and where the end is missing.
    """
    number, digest = 1, sha256()
    for number, line in enumerate(lines, start=2):
        row = _read(line, number)
        if "end" in row:
            _check_end(row, number, digest.hexdigest(), lines)
            return
        digest.update(line)
        yield number, row
    raise WrongFile(f"it is cut off after line {number}: the last line of a whole backup says that it ends")


def _check_end(end: Row, number: int, digest: str, rest: Iterable[bytes]) -> None:
    """The first release wrote no digest."""
    if end["end"] != number - 2:
        raise WrongFile(f"line {number}: there should be {end['end']} rows before it, and are {number - 2}")
    if end.get("digest", digest) != digest:
        raise WrongFile(
            f"line {number}: the rows before it are not those that were written: some were changed"
        )
    if any(line.strip() for line in rest):
        raise WrongFile(f"line {number + 1}: something follows the end of the backup")


def _read(line: bytes, number: int) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:  # of the text's encoding too
        raise WrongFile(f"line {number} is damaged: {error}") from None
    if not isinstance(row, dict):
        raise WrongFile(f"line {number} is damaged: it is no object")
    return row
