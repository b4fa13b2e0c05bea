"""Lists, as pages and as files."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipviz.inventory.models import Occupancy
from ipviz.web.asof import as_of
from ipviz.web.lists.catalogue import LISTINGS
from ipviz.web.lists.files import FORMATS, file_of
from ipviz.web.pages.lists import found_by, list_page


@require_safe
def listing(request: HttpRequest, name: str) -> HttpResponse:
    looked_at = as_of(request, timezone.now(), Occupancy.objects.all())
    return render(request, "web/list.html", list_page(LISTINGS[name], request.GET, looked_at))


@require_safe
def file(request: HttpRequest, name: str, wanted: str) -> HttpResponseBase:
    if name not in LISTINGS or wanted not in FORMATS:
        raise Http404("There is no such list, or no such kind of file: it is .csv or .json.")
    looked_at = as_of(request, timezone.now())
    found = found_by(LISTINGS[name], request.GET, looked_at)
    if found.faults or looked_at.fault:
        raise Http404("What was asked of the list is not understood: the page of the list says why.")
    return file_of(LISTINGS[name], found.rows, wanted, looked_at)
