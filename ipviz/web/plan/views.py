"""The views of plans. Everybody divides; operators keep what came out."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ipviz.accounts.roles import may_operate
from ipviz.accounts.scopes import scope_of
from ipviz.clusters.models import Subnet
from ipviz.clusters.subnets import WrongSubnet, plan
from ipviz.planning.dividing import keep
from ipviz.planning.writing import in_one
from ipviz.web.access import for_operators
from ipviz.web.plan.divide import divide_page
from ipviz.web.plan.questions import address_page, cluster_page, questions_page, range_page
from ipviz.web.requests import PageRequest


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    return render(request, "web/plan/index.html", questions_page(scope_of(request)))


@require_safe
@vary_on_headers("HX-Request")
def divide(request: PageRequest) -> HttpResponse:
    template = "web/plan/_division.html" if request.htmx else "web/plan/divide.html"
    page = divide_page(request.GET, timezone.now(), scope_of(request))
    return render(request, template, {**page, "may_operate": may_operate(request.user)})


@require_POST
@for_operators
def keep_plan(request: HttpRequest) -> HttpResponse:
    page = divide_page(request.POST, timezone.now(), scope_of(request))
    proposal = page.get("proposal")
    if proposal is None or not proposal.fits:
        return render(request, "web/plan/divide.html", {**page, "may_operate": True}, status=400)
    try:
        kept = keep(proposal)
    except WrongSubnet as error:
        page["network"].add_error("cidr", str(error))
        return render(request, "web/plan/divide.html", {**page, "may_operate": True}, status=400)
    messages.success(request, f"The plan of {kept.cidr} is kept: check and free space respect it.")
    return redirect(_page_of(kept))


@require_POST
@for_operators
def forget_plan(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("subnet", "")
    declared = Subnet.objects.in_scope(scope_of(request)).declared().whole()
    subnet = get_object_or_404(declared, pk=number if number.isdecimal() else 0)
    plan(subnet, (), {})
    messages.success(request, f"The plan of {subnet.cidr} is forgotten.")
    return redirect(_page_of(subnet))


@require_safe
def plan_file(request: HttpRequest) -> HttpResponse:
    """All of its files as one."""
    proposal = divide_page(request.GET, timezone.now(), scope_of(request)).get("proposal")
    if proposal is None or not proposal.fits:
        raise Http404("There is no plan to write: it does not fit.")
    text = in_one(proposal.files, proposal.subnet.cidr)
    name = f"plan-{proposal.subnet.cidr.replace('/', '-').replace(':', '_')}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


@require_safe
def pick_address(request: HttpRequest) -> HttpResponse:
    page = address_page(request.GET, timezone.now(), scope_of(request))
    return render(request, "web/plan/address.html", page)


@require_safe
def set_range(request: HttpRequest) -> HttpResponse:
    page = range_page(request.GET, timezone.now(), scope_of(request))
    return render(request, "web/plan/range.html", page)


@require_safe
def new_cluster(request: HttpRequest) -> HttpResponse:
    page = cluster_page(request.GET, timezone.now(), scope_of(request))
    return render(request, "web/plan/cluster.html", page)


def _page_of(subnet: Subnet) -> str:
    asked = urlencode({"cidr": subnet.cidr, "segment": subnet.segment.name})
    return f"{redirect('web:divide').url}?{asked}"
