"""The audit: what people changed, one row a change, written once and kept for good."""

from typing import Any, NoReturn

from django.db import models

from ipviz.audit.querysets import EntryQuerySet, WrittenForGood

WHO_LENGTH = 300
NAME_LENGTH = 600


class Entry(models.Model):
    """One change. It points to nothing: what it tells of may be gone, and its person too."""

    at = models.DateTimeField(db_index=True)
    who = models.CharField(max_length=WHO_LENGTH, db_index=True, help_text="as they were named then")
    origin = models.CharField(max_length=45, blank=True, help_text="where the request came from")
    request_id = models.CharField(max_length=64, blank=True, help_text="the same in the lines of the log")
    kind = models.CharField(max_length=32)
    ref = models.CharField(max_length=64, blank=True, help_text="the id of the thing, while it is there")
    name = models.CharField(max_length=NAME_LENGTH, help_text="the thing as it was named then")
    action = models.CharField(max_length=64)
    before = models.JSONField(default=dict, help_text="the fields that changed, as they were")
    after = models.JSONField(default=dict, help_text="the same, as they are since")

    objects = EntryQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_audit_entry"
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "ref"], name="audit_of_a_thing")]

    def __str__(self) -> str:
        return f"{self.who}: {self.kind} {self.name} {self.action}"

    def save(self, *args: Any, **options: Any) -> None:
        """Once."""
        super().save(*args, **{**options, "force_insert": True})

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise WrittenForGood("An entry of the audit stays.")
