"""One row of the table that `make drill` prints."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was done, what was lost of it, after how long all was right again, and what else to say."""

    drill: str
    lost: Sequence[str]
    seconds: float | None
    note: str = ""


HEAD = ("drill", "lost", "right again after", "and")


def table(rows: Iterable[Row]) -> str:
    """As it stands in docs/drills.md."""
    told = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(cells[n]) for cells in told) for n in range(len(HEAD))]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) for cells in told
    ]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def _cells(row: Row) -> tuple[str, str, str, str]:
    seconds = "" if row.seconds is None else f"{row.seconds:.1f} s"
    return row.drill, "; ".join(row.lost) or "nothing", seconds, row.note
