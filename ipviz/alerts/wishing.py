"""What somebody may wish to be told, and where: each check raises a ValueError that says what to do."""

from datetime import time
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from ipviz.alerts.hooks import validate_hook
from ipviz.alerts.models import Subscription, is_hook
from ipviz.alerts.wording import shown
from ipviz.clusters.models import Cluster, Segment
from ipviz.domain.scope import EVERYTHING, Scope


class AddressTaken(ValueError):
    """It is subscribed already, however it is capitalised."""


def known_segment(name: str, scope: Scope = EVERYTHING) -> None:
    """One of which something is seen."""
    seen = Segment.objects.seen_in_part(scope)
    if not seen.filter(name=name).exists():
        raise ValueError(f"There is no segment {name}: they are {', '.join(map(str, seen))}.")


def known_cluster(name: str, scope: Scope = EVERYTHING) -> None:
    if not Cluster.objects.in_scope(scope).called([name]).exists():
        raise ValueError(f"No cluster has the name or path {name}: the page of clusters lists them.")


def any_name(name: str) -> None:
    if len(name) > 253:
        raise ValueError("No namespace has so long a name.")


def known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValueError(f"{name} is no time zone; Europe/Berlin and UTC are.")


def whole_quiet(begins: time | None, ends: time | None) -> None:
    if (begins is None) != (ends is None):
        raise ValueError("Quiet hours have a beginning and an end, or neither.")


def new_address(address: str, *, allow_loopback: bool = False) -> None:
    """That of a mailbox, or the URL of a hook. Raises AddressTaken where somebody has it."""
    if is_hook(address):
        validate_hook(address, allow_loopback=allow_loopback)
    else:
        message = f"{address} is neither a mail address nor the URL of a hook."
        try:
            EmailValidator(message)(address)
        except ValidationError as error:
            raise ValueError(message) from error
    if Subscription.objects.filter(address__iexact=address).exists():
        raise AddressTaken(f"{shown(address)} is subscribed already.")
