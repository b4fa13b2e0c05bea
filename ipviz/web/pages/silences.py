"""Silences for all that matches: those that hold, those to come, and those that are over."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from ipviz.accounts.roles import may_operate
from ipviz.accounts.scopes import scope_of_person
from ipviz.alerts.models import Silence
from ipviz.alerts.silencing import Matcher, silence
from ipviz.domain.lifecycle import CannotHandle
from ipviz.web.forms import SilenceForm

LATEST = 50


def silences_page(form: SilenceForm, at: datetime, person: User, *, refused: str = "") -> dict[str, Any]:
    """They go for all that is known: who sees a part of it neither sees nor makes one."""
    scope = scope_of_person(person)
    known = Silence.objects.in_scope(scope)
    return {
        "at": at,
        "form": form,
        "may_operate": may_operate(person) and scope.is_everything,
        "is_limited": not scope.is_everything,
        "refused": refused,
        "active": known.active(at),
        "to_come": known.to_come(at),
        "over": known.over(at)[:LATEST],
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
