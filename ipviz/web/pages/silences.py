"""Silences for all that matches: those that hold, those to come, and those that are over."""

from datetime import datetime
from typing import Any

from ipviz.alerts.models import Silence
from ipviz.alerts.silencing import Matcher, silence
from ipviz.domain.lifecycle import CannotHandle
from ipviz.web.forms import SilenceForm

LATEST = 50


def silences_page(form: SilenceForm, at: datetime, *, may_operate: bool, refused: str = "") -> dict[str, Any]:
    return {
        "at": at,
        "form": form,
        "may_operate": may_operate,
        "refused": refused,
        "active": Silence.objects.active(at),
        "to_come": Silence.objects.to_come(at),
        "over": Silence.objects.over(at)[:LATEST],
    }


def silence_as_asked(form: SilenceForm, *, by: str, at: datetime) -> str:
    """Make the silence that a checked form asks for; returns why not, or empty."""
    asked = form.cleaned_data
    matcher = Matcher(asked["rules"], asked["clusters"], asked["spans"], asked["segments"])
    starts_at = asked["starts_at"] or at
    try:
        silence(
            matcher,
            starts_at=starts_at,
            ends_at=starts_at + form.length,
            reason=asked["reason"],
            by=by,
            at=at,
        )
    except CannotHandle as error:
        return str(error)
    return ""
