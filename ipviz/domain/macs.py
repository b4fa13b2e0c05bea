"""Hardware addresses, however they are written."""

import re

_PAIRS = re.compile(r"[0-9a-f]{2}")
_WRITTEN = re.compile(r"([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}")


def read_mac(text: str) -> str:
    """As `00:50:56:9a:00:01`, from that, `00-50-56-9A-00-01`, `0050.569a.0001` or twelve digits.

    Raises:
        ValueError: it is none.
    """
    plain = text.strip().lower()
    if not _WRITTEN.fullmatch(plain):
        raise ValueError(f"{text[:60]!r} is no hardware address")
    return ":".join(_PAIRS.findall(re.sub(r"[.:-]", "", plain)))
