"""What is different between two looks at one object, for people who ask what happened."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum

from ipviz.domain.seen import Seen

LONGEST = 300
"""Characters of a value that are told; an object may hold as much text as it likes."""


class What(StrEnum):
    """What happened to an object, or to our sight of a cluster."""

    APPEARED = "appeared"
    CHANGED = "changed"
    WENT = "went"
    UNREADABLE = "unreadable"
    READABLE = "readable"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of an object's record, before and after, as text."""

    field: str
    before: str
    after: str


def differences(before: Seen, after: Seen) -> tuple[Difference, ...]:
    """The fields in which two records of one object differ, in the record's order.

    A field that is itself a record is told by its own fields, as `pool.name`.
    """
    return tuple(_differences(before, after, ""))


def _differences(before: object, after: object, prefix: str) -> Iterator[Difference]:
    # Only records come here, of whichever kind, and no type says that they are dataclasses.
    for each in fields(after):  # type: ignore[arg-type]
        old, new = getattr(before, each.name, None), getattr(after, each.name)
        if old == new or each.name == "ref":
            continue
        name = f"{prefix}{each.name}"
        if is_dataclass(old) and type(old) is type(new):
            yield from _differences(old, new, f"{name}.")
        else:
            yield Difference(name, as_text(old), as_text(new))


def as_text(value: object) -> str:
    """A value of a record as a person reads it; without what of it is as usual."""
    text = _text(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(value: object) -> str:
    if value is None:
        return "absent"  # which is not the same as empty
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(each)}" for key, each in sorted(value.items()))
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        told = {each.name: getattr(value, each.name) for each in fields(value)}
        usual = {each.name: each.default for each in fields(value)}
        return " ".join(_text(part) for name, part in told.items() if part != usual[name] and part != "")
    return str(value)
