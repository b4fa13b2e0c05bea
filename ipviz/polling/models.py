"""What the machinery did last. The database is the only memory that is right with many processes."""

from django.db import models

from ipviz.clusters.models import Segment


class Pulse(models.Model):
    """When something last showed that it runs; a row each, written by `ipviz.polling.pulses` alone."""

    class Of(models.TextChoices):
        SCHEDULE = "schedule"

    of = models.CharField(max_length=10, choices=Of, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "ipviz_pulse"

    def __str__(self) -> str:
        return f"{self.of} at {self.at:%Y-%m-%d %H:%M:%S}"


class Judging(models.Model):
    """How often a segment was judged and how long that took, since it is there; one writer, as above."""

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField(help_text="the moment as which it was last judged")
    times = models.PositiveBigIntegerField(default=1)
    seconds = models.FloatField(help_text="that all of them took together")

    class Meta:
        db_table = "ipviz_judging"

    def __str__(self) -> str:
        return f"{self.segment} judged {self.times} times"
