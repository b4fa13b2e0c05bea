"""How a round is shown: in place on a terminal, line by line elsewhere."""

import shutil

from django.core.management.base import OutputWrapper

from ipviz.polling.poll import Polled
from ipviz.polling.round import Round

NAMED = 3
CLEARED = "\r\x1b[K"
"""To the start of the line, which is emptied."""


def show(round_: Round, out: OutputWrapper) -> list[Polled]:
    """Work through a round and say how it goes; returns all of its polls.

    On a terminal one line tells how far it is and whom it waits for, and each cluster has its lines at the
    end, in order; elsewhere each cluster has its lines as it is read.
    """
    polled: list[Polled] = []
    is_terminal = out.isatty()
    if is_terminal:
        _redraw(round_, out)
    for each in round_:
        polled.append(each)
        if is_terminal:
            _redraw(round_, out)
        else:
            _write(each, out)
    if is_terminal:
        out.write(CLEARED, ending="")
        for each in sorted(polled, key=lambda p: p.look.cluster.path):
            _write(each, out)
    return polled


def state(round_: Round) -> str:
    """How far a round is: `12 of 203 clusters read; waiting for gmc/org-acme/beta and 2 more`."""
    text = f"{round_.done} of {len(round_.known)} clusters read"
    names = sorted(cluster.path for cluster in round_.reading.values())
    if not names:
        return text
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{text}; waiting for {', '.join(names[:NAMED])}{more}"


def _write(polled: Polled, out: OutputWrapper) -> None:
    for line in polled.in_words():
        out.write(line)
    out.flush()


def _redraw(round_: Round, out: OutputWrapper) -> None:
    width = shutil.get_terminal_size().columns - 1
    out.write(f"{CLEARED}{state(round_)[:width]}", ending="")
    out.flush()
