"""`manage.py sign_in_link`: a way in for the person at the machine."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ipviz.accounts.links import sign_in_link


class Command(BaseCommand):
    help = (
        "Print a link that signs the operator in, in the browser that opens it first. "
        "It is good for one use within a day."
    )

    def handle(self, **_: Any) -> str:
        return sign_in_link(at=timezone.now())
