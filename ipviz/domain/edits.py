"""What somebody changed of a thing: its facts before and after, as plain values: those that differ."""

from collections.abc import Mapping
from datetime import date, time

Facts = Mapping[str, object]
"""By name; what is None, false or empty says nothing."""


def edited(before: Facts, after: Facts) -> tuple[dict[str, object], dict[str, object]]:
    """The facts that differ, as they were and as they are, ready for JSON; two empty ones where none does.

    A thing that was made had no facts before, and one that was removed has none after. What says nothing is
    told only beside something that it took the place of.
    """
    old, new = ({name: plain(value) for name, value in facts.items()} for facts in (before, after))
    names = [name for name in {**old, **new} if (old.get(name) or None) != (new.get(name) or None)]
    return (
        {name: old[name] for name in names if name in old},
        {name: new[name] for name in names if name in new},
    )


def plain(value: object) -> object:
    """A value as JSON has it; what JSON has no word for is told as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value)
