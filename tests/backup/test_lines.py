"""What is said of a file that is no whole backup, from its lines alone."""

from hashlib import sha256

import pytest

from ipviz.backup.lines import FORMAT, Head, WrongFile, end_line, head_line, read_head, read_rows

ROW = b'{"model": "clusters.segment", "pk": 1, "fields": {"name": "default"}}\n'


def head(**said: object) -> bytes:
    text = head_line(Head("0.1.0", "2026-11-26T09:00:00+00:00"))
    for name, value in said.items():
        text = text.replace(f'"{name}": {FORMAT}', f'"{name}": {value}')
    return text.encode()


def end(rows: int, *lines: bytes) -> bytes:
    return end_line(rows, sha256(b"".join(lines)).hexdigest()).encode()


def rows(*lines: bytes) -> int:
    return len(list(read_rows(iter(lines))))


def test_a_whole_file_is_read() -> None:
    assert read_head(head(), "0.1.0").version == "0.1.0"
    assert rows(ROW, ROW, end(2, ROW, ROW)) == 2
    assert rows(ROW, b'{"end": 1}') == 1, "as the first release wrote it"


def test_a_file_of_a_later_format_names_both_versions() -> None:
    with pytest.raises(WrongFile, match=r"ipviz 0\.1\.0 wrote it, in format 2; this is ipviz 0\.0\.9"):
        read_head(head(format=FORMAT + 1), "0.0.9")


@pytest.mark.parametrize("line", [b"", b"PK\x03\x04", b"{}", b"[]", b'{"file": "something else"}'])
def test_a_file_that_is_none_of_ours_is_refused_at_its_first_line(line: bytes) -> None:
    with pytest.raises(WrongFile, match="line 1"):
        read_head(line, "0.1.0")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([ROW, ROW], "cut off after line 3"),
        ([], "cut off after line 1"),
        ([ROW, ROW[:40]], "line 3 is damaged"),
        ([ROW, b"\xff\xfe\n"], "line 3 is damaged"),
        ([ROW, b"[1]\n"], "line 3 is damaged: it is no object"),
        ([ROW, end(2, ROW)], "line 3: there should be 2 rows before it, and are 1"),
        ([ROW, end(1, ROW), ROW], "line 4: something follows the end"),
        ([ROW.replace(b"default", b"another"), end(1, ROW)], "line 3: the rows before it are not those"),
    ],
    ids=["no end", "nothing", "half a row", "no text", "no object", "a row is missing", "too much", "edited"],
)
def test_what_is_wrong_is_named_with_its_line(lines: list[bytes], said: str) -> None:
    with pytest.raises(WrongFile, match=said):
        rows(*lines)
