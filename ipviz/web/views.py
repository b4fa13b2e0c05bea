"""The pages, ten lines each: what a page shows is gathered in `ipviz.web.pages`, as of its request."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ipviz.accounts.roles import may_operate
from ipviz.accounts.scopes import scope_of
from ipviz.clusters.models import DEFAULT_SEGMENT
from ipviz.domain.moments import moment_text
from ipviz.domain.rules.page import rules_by_class
from ipviz.domain.spans import Span, network_text, parse_address
from ipviz.findings.models import Transition
from ipviz.findings.querysets import TransitionQuerySet
from ipviz.inventory.models import Occupancy
from ipviz.inventory.querysets import OccupancyQuerySet
from ipviz.polling.asking import NothingToPoll, QueueUnreachable, poll_now
from ipviz.web.access import for_operators, person_of
from ipviz.web.asof import as_of
from ipviz.web.context import frame_at
from ipviz.web.pages.addresses import address_page, panel_context
from ipviz.web.pages.alerts import alerts_page, mail_page, mail_settings
from ipviz.web.pages.changes import changes_page
from ipviz.web.pages.clusters import cluster_or_404, cluster_page, clusters_page, short_path_of
from ipviz.web.pages.findings import finding_page, findings_page, handle_as_asked, handle_several
from ipviz.web.pages.overview import overview_page
from ipviz.web.pages.report import report_page
from ipviz.web.pages.search import answer_to
from ipviz.web.pages.subnets import UnknownSubnet, map_data, notes_data, read_cidr, subnet_page, subnets_page
from ipviz.web.releases import notes, releases_of
from ipviz.web.requests import PageRequest


@require_safe
def frame_now(request: HttpRequest) -> HttpResponse:
    """What of the frame changes while a page stays open."""
    return render(request, "web/_frame.html", {"frame": frame_at(timezone.now(), scope_of(request))})


@require_safe
@vary_on_headers("HX-Request")
def overview(request: PageRequest) -> HttpResponse:
    template = "web/_overview.html" if request.htmx else "web/overview.html"
    return render(request, template, overview_page(timezone.now(), settings.POLL_INTERVAL, scope_of(request)))


@require_safe
def subnets(request: HttpRequest) -> HttpResponse:
    return render(
        request, "web/subnets.html", subnets_page(as_of(request, timezone.now(), Occupancy.objects.all()))
    )


@require_safe
@vary_on_headers("HX-Request")
def subnet(request: HttpRequest, cidr: str) -> HttpResponseBase:
    span = read_cidr(cidr)
    written = network_text(span).replace("/", "-")
    if written != cidr:
        query = request.META.get("QUERY_STRING", "")
        return redirect(reverse("web:subnet", args=[written]) + (f"?{query}" if query else ""))
    segment = segment_of(request)
    looked_at = as_of(request, timezone.now(), *_all_of(span, segment))
    try:
        context = subnet_page(span, segment, request.GET, looked_at)
    except UnknownSubnet as unknown:
        return render(request, "web/unknown-subnet.html", {"unknown": unknown}, status=404)
    return render(request, "web/subnet.html", context)


@require_safe
@conditional_page
@cache_control(private=True, no_cache=True)
def subnet_map(request: HttpRequest, cidr: str) -> HttpResponse:
    looked_at = as_of(request, timezone.now())
    return JsonResponse(map_data(read_cidr(cidr), segment_of(request), request.GET, looked_at))


@require_safe
def subnet_notes(request: HttpRequest, cidr: str) -> HttpResponse:
    looked_at = as_of(request, timezone.now())
    notes = notes_data(read_cidr(cidr), segment_of(request), request.GET, looked_at)
    return JsonResponse(notes, safe=False)


@require_safe
def subnet_report(request: HttpRequest, cidr: str) -> HttpResponse:
    looked_at = as_of(request, timezone.now())
    return render(request, "web/report.html", report_page(read_cidr(cidr), segment_of(request), looked_at))


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
    looked_at = as_of(request, timezone.now(), *_all_of(span, segment))
    return render(request, "web/address.html", address_page(span, segment, looked_at))


@require_safe
@vary_on_headers("HX-Request")
def findings(request: PageRequest) -> HttpResponse:
    template = "web/_findings.html" if request.htmx else "web/findings.html"
    context = findings_page(
        request.GET, timezone.now(), scope_of(request), may_operate=may_operate(request.user)
    )
    return render(request, template, context)


@require_POST
@for_operators
def handle_findings(request: HttpRequest) -> HttpResponse:
    done, refusals = handle_several(request.POST, person_of(request), timezone.now())
    if done:
        messages.success(request, f"Done for {done} finding{'' if done == 1 else 's'}.")
    for each in refusals:
        messages.warning(request, each)
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("web:findings") + (f"?{query}" if query else ""))


@require_safe
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "web/finding.html", finding_page(pk, timezone.now(), person_of(request)))


@require_POST
@for_operators
def handle_finding(request: HttpRequest, pk: int) -> HttpResponse:
    at, person = timezone.now(), person_of(request)
    refused = handle_as_asked(pk, request.POST, person, at)
    if not refused:
        return redirect("web:finding", pk)
    context = finding_page(pk, at, person, refused=refused)
    return render(request, "web/finding.html", context, status=400)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    return render(request, "web/rules.html", {"classes": rules_by_class()})


@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    return render(request, "web/releases.html", {"releases": releases_of(notes(settings.BASE_DIR))})


@require_safe
def clusters(request: HttpRequest) -> HttpResponse:
    context = clusters_page(timezone.now(), settings.POLL_INTERVAL, scope_of(request))
    return render(request, "web/clusters.html", context)


@require_safe
@vary_on_headers("HX-Request")
def cluster(request: HttpRequest, path: str) -> HttpResponseBase:
    scope = scope_of(request)
    if path.count("/") == 1 and (whole := short_path_of(path, scope)):
        return redirect("web:cluster", whole)
    context = cluster_page(path, request.GET, timezone.now(), settings.POLL_INTERVAL, scope)
    context["may_operate"] = may_operate(request.user)
    return render(request, "web/cluster.html", context)


@require_POST
@for_operators
def poll(request: HttpRequest) -> HttpResponse:
    cluster, at = cluster_or_404(request.POST.get("cluster", ""), scope_of(request)), timezone.now()
    try:
        poll_now(cluster, cluster.workload_clusters.live())
    except (NothingToPoll, QueueUnreachable) as error:
        messages.warning(request, str(error))
        return redirect(cluster)
    return redirect(f"{cluster.get_absolute_url()}?{urlencode({'asked': moment_text(at)})}")


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    return render(request, "web/changes.html", changes_page(request.GET, timezone.now(), scope_of(request)))


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    context = alerts_page(request.GET.get("page"), timezone.now(), person_of(request), mail_settings())
    return render(request, "web/alerts.html", context)


@require_safe
def mail_sent(request: HttpRequest, pk: int) -> HttpResponse:
    context = mail_page(pk, timezone.now(), person_of(request), mail_settings())
    return render(request, "web/mail.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    answer = answer_to(request.GET.get("q", ""), timezone.now(), scope_of(request))
    return redirect(answer.url) if answer.url else render(request, "web/search.html", answer.context)


def _all_of(span: Span, segment: str) -> tuple[OccupancyQuerySet, TransitionQuerySet]:
    """All that ever happened there."""
    return Occupancy.objects.on(segment).within(span), Transition.objects.touching(span, segment)


def segment_of(request: HttpRequest) -> str:
    return request.GET.get("segment") or DEFAULT_SEGMENT
