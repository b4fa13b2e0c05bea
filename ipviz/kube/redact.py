"""Keeping our credentials out of what a server says about them.

A server, or a proxy before it, may give back what it was sent, in whatever spelling. So its words are shown
only where no reading of them holds a piece of a credential.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

LEFT_OUT = "(its words held our credentials, so they are left out)"

PIECE = 12
"""As many characters of a credential in a row are no chance."""
ROUNDS = 3
"""How often a text is decoded again: base64 in a URL in JSON, say."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text, or a remark in its place."""
    pieces = {piece for secret in secrets for piece in _pieces(secret)}
    if not pieces:
        return text
    return LEFT_OUT if any(_holds(each, pieces) for each in _readings(text)) else text


def _pieces(secret: str) -> Iterator[str]:
    plain = "".join(secret.split())
    for start in range(max(len(plain) - PIECE, 0) + 1):
        yield plain[start : start + PIECE]


def _holds(text: str, pieces: set[str]) -> bool:
    plain = "".join(text.split())
    if any(piece in plain for piece in pieces if len(piece) < PIECE):
        return True
    return any(plain[start : start + PIECE] in pieces for start in range(len(plain) - PIECE + 1))


def _readings(text: str) -> set[str]:
    """The text in every way in which it can be decoded."""
    found = newest = {text, "".join(text.split())}
    for _ in range(ROUNDS):
        newest = {read for each in newest for read in _decoded(each)} - found
        found = found | newest
    return found


def _decoded(text: str) -> Iterator[str]:
    yield unquote_plus(text)
    yield html.unescape(text)
    yield _ESCAPE.sub(_unescaped, text)
    yield " ".join(read for word in _BASE64.findall(text) for read in _from_base64(word))
    yield " ".join(bytes.fromhex(word).decode("latin-1") for word in _HEX.findall(text))


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[3]


def _from_base64(word: str) -> Iterator[str]:
    """A word may begin in the middle of what was encoded."""
    standard = word.translate(str.maketrans("-_", "+/"))
    for start in range(4):
        part = standard[start:]
        with_padding = part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
        try:
            yield base64.b64decode(with_padding).decode("latin-1")
        except (binascii.Error, ValueError):
            continue
