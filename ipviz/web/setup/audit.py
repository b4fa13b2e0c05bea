"""The page of what people changed, which is for admins: the latest first."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ipviz.audit.models import Entry
from ipviz.domain.changes import as_text
from ipviz.rows.audit import EntryFilterSet
from ipviz.web.access import for_admins

PAGE = 100
BY_ID = {
    "finding": "web:finding",
    "person": "web:settings-person",
    "subnet": "web:settings-subnet",
    "subscription": "web:subscription",
}
LISTED = {
    "segment": "web:settings-segments",
    "silence": "web:silences",
    "token": "web:settings-tokens",
}


@require_safe
@for_admins
def audit(request: HttpRequest) -> HttpResponse:
    """What was asked for wrongly is said, and then nothing is told rather than something else."""
    filterset = EntryFilterSet(request.GET, Entry.objects.all())
    is_valid = filterset.is_valid()
    page = Paginator(filterset.qs if is_valid else Entry.objects.none(), PAGE).get_page(
        request.GET.get("page")
    )
    chosen = {name: request.GET.get(name, "") for name in filterset.filters}
    context = {
        "page": page,
        "lines": [(each, url_of(each), list(told(each.before, each.after))) for each in page.object_list],
        "chosen": chosen,
        "faults": {} if is_valid else dict(filterset.errors),
        "is_filtered": any(chosen.values()),
        "people": Entry.objects.people(),
        "kinds": Entry.objects.kinds(),
    }
    return render(request, "web/settings/audit.html", context)


def url_of(entry: Entry) -> str:
    """Where the thing is, or was; empty for what was just removed."""
    if entry.action == "removed":
        return ""
    if entry.kind == "cluster":
        return reverse("web:cluster", args=[entry.name])
    if entry.kind in BY_ID and entry.ref.isdecimal():
        return reverse(BY_ID[entry.kind], args=[int(entry.ref)])
    return reverse(LISTED[entry.kind]) if entry.kind in LISTED else ""


def told(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each field that changed, before and after, in words; empty where there was nothing."""
    for name in {**before, **after}:
        yield name.replace("_", " "), _text(before.get(name)), _text(after.get(name))


def _text(value: Any) -> str:
    return "" if value is None else as_text(value)
