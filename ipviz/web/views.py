"""The pages, ten lines each: what a page shows is gathered in `ipviz.web.pages`, as of its request."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ipviz.accounts.roles import may_operate
from ipviz.clusters.models import DEFAULT_SEGMENT
from ipviz.domain.spans import network_text, parse_address
from ipviz.inventory.models import Occupancy
from ipviz.web.asof import as_of
from ipviz.web.pages.addresses import address_page, panel_context
from ipviz.web.pages.alerts import alerts_page, mail_page
from ipviz.web.pages.changes import changes_page
from ipviz.web.pages.clusters import cluster_page, clusters_page, short_path_of
from ipviz.web.pages.findings import finding_page, findings_page, handle_as_asked
from ipviz.web.pages.overview import overview_page
from ipviz.web.pages.search import answer_to
from ipviz.web.pages.subnets import read_cidr, subnet_page, subnets_page
from ipviz.web.requests import PageRequest


@require_safe
@vary_on_headers("HX-Request")
def overview(request: PageRequest) -> HttpResponse:
    template = "web/_overview.html" if request.htmx else "web/overview.html"
    return render(request, template, overview_page(timezone.now(), settings.POLL_INTERVAL))


@require_safe
def subnets(request: HttpRequest) -> HttpResponse:
    return render(
        request, "web/subnets.html", subnets_page(as_of(request, timezone.now(), Occupancy.objects.all()))
    )


@require_safe
def subnet(request: HttpRequest, cidr: str) -> HttpResponseBase:
    span = read_cidr(cidr)
    written = network_text(span).replace("/", "-")
    if written != cidr:
        query = request.META.get("QUERY_STRING", "")
        return redirect(reverse("web:subnet", args=[written]) + (f"?{query}" if query else ""))
    segment = segment_of(request)
    looked_at = as_of(request, timezone.now(), Occupancy.objects.on(segment).within(span))
    context = subnet_page(span, segment, request.GET, looked_at)
    return render(request, "web/subnet.html", context)


@require_safe
@vary_on_headers("HX-Request")
def address(request: PageRequest, address: str) -> HttpResponseBase:
    try:
        span = parse_address(address)
    except ValueError:
        raise Http404(f"{address} is not an IP address.") from None
    segment = segment_of(request)
    if request.htmx:
        looked_at = as_of(request, timezone.now())
        return render(request, "web/_holder.html", panel_context(span, segment, looked_at))
    looked_at = as_of(request, timezone.now(), Occupancy.objects.on(segment).within(span))
    return render(request, "web/address.html", address_page(span, segment, looked_at))


@require_safe
@vary_on_headers("HX-Request")
def findings(request: PageRequest) -> HttpResponse:
    template = "web/_findings.html" if request.htmx else "web/findings.html"
    return render(request, template, findings_page(request.GET, timezone.now()))


@require_safe
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    may = may_operate(request.user)
    return render(request, "web/finding.html", finding_page(pk, timezone.now(), may_operate=may))


@require_POST
def handle_finding(request: HttpRequest, pk: int) -> HttpResponse:
    if not may_operate(request.user):
        raise PermissionDenied("This needs the role operator.")
    at = timezone.now()
    refused = handle_as_asked(pk, request.POST, by=request.user.get_username(), at=at)
    if not refused:
        return redirect("web:finding", pk)
    context = finding_page(pk, at, may_operate=True, refused=refused)
    return render(request, "web/finding.html", context, status=400)


@require_safe
def clusters(request: HttpRequest) -> HttpResponse:
    return render(request, "web/clusters.html", clusters_page(timezone.now(), settings.POLL_INTERVAL))


@require_safe
def cluster(request: HttpRequest, path: str) -> HttpResponseBase:
    if path.count("/") == 1 and (whole := short_path_of(path)):
        return redirect("web:cluster", whole)
    context = cluster_page(path, request.GET.get("page"), timezone.now(), settings.POLL_INTERVAL)
    return render(request, "web/cluster.html", context)


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    return render(request, "web/changes.html", changes_page(request.GET, timezone.now()))


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    return render(request, "web/alerts.html", alerts_page(request.GET.get("page"), timezone.now(), mail()))


@require_safe
def mail_sent(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "web/mail.html", mail_page(pk, timezone.now(), mail()))


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    answer = answer_to(request.GET.get("q", ""), timezone.now())
    return redirect(answer.url) if answer.url else render(request, "web/search.html", answer.context)


def segment_of(request: HttpRequest) -> str:
    return request.GET.get("segment") or DEFAULT_SEGMENT


def mail() -> dict[str, Any]:
    """Whether a mail can be sent, and to whom."""
    return {"is_configured": settings.MAIL_IS_CONFIGURED, "recipients": settings.ALERT_TO}
