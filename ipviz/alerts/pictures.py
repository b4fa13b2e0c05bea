"""The pictures that come with mails about one finding, each drawn once however many hear of it."""

import structlog
from django.db import transaction

from ipviz.alerts.picture import png_of
from ipviz.findings.models import Finding
from ipviz.findings.stretch import stretch_of

log = structlog.stdlib.get_logger(__name__)

NOTHING = ("", b"")


class Pictures:
    """By the finding's id: what the picture shows, in words, and the PNG; both empty where there is none."""

    def __init__(self) -> None:
        self._drawn: dict[int, tuple[str, bytes]] = {}

    def of(self, finding: Finding) -> tuple[str, bytes]:
        """Five queries for each finding that is asked for the first time."""
        if finding.pk not in self._drawn:
            self._drawn[finding.pk] = _drawn(finding)
        return self._drawn[finding.pk]


def _drawn(finding: Finding) -> tuple[str, bytes]:
    if finding.span is None:
        return NOTHING
    try:
        with transaction.atomic():
            stretch = stretch_of(finding.segment.name, finding.span)
            return stretch.alt, png_of(stretch)
    except Exception:  # whatever it is: a mail without its picture is better than none
        log.exception("picture.failed", finding=finding.pk)
        return NOTHING
