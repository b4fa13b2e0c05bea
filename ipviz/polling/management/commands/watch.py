"""`manage.py watch`: judge now, from what is stored."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ipviz.clusters.models import Segment
from ipviz.findings.models import Finding
from ipviz.polling.mails import send_mails
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch_all


class Command(BaseCommand):
    help = "Judge every segment now, from what is stored, and send what is due. Reads no cluster."

    def handle(self, *args: Any, **options: Any) -> None:
        watch_all(Segment.objects.all(), policy=policy(), at=timezone.now())
        send_mails(timezone.now(), at_once=True)
        for finding in Finding.objects.standing():
            self.stdout.write(f"{finding.rule}  {finding.severity}  {finding.status}  {finding.title}")
