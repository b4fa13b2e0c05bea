"""The pages of segments and subnets. Operators change, all look."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from ipviz.accounts.roles import may_operate
from ipviz.accounts.scopes import scope_of
from ipviz.clusters import segments as registered
from ipviz.clusters.models import Subnet
from ipviz.clusters.segments import WrongSegment
from ipviz.clusters.subnets import (
    DeclaredAlready,
    WrongSubnet,
    declare_anew,
    declare_new,
    declared_in_words,
    known_subnet,
    withdraw,
)
from ipviz.web.access import for_operators, must_see_all, operators_change
from ipviz.web.setup.forms import MoveForm, SegmentForm, SubnetForm
from ipviz.web.setup.networks import (
    move_form,
    segments_page,
    subnet_page,
    subnets_page,
    suggested,
)


@operators_change
def segments(request: HttpRequest) -> HttpResponse:
    form = SegmentForm(request.POST or None)
    if request.method == "POST":
        must_see_all(request)
    if request.method == "POST" and form.is_valid():
        try:
            made = registered.register(form.cleaned_data["name"])
        except WrongSegment as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, f"Segment {made} is registered.")
            return redirect("web:settings-segments")
    return _segments(request, add=form)


@require_POST
@for_operators
def move_cluster(request: HttpRequest) -> HttpResponse:
    form = move_form(request.POST, scope_of(request))
    if form.is_valid():
        name = form.cleaned_data["cluster"]
        try:
            source, target = registered.move(name, form.cleaned_data["segment"])
        except WrongSegment as error:
            form.add_error("segment", str(error))
        else:
            messages.success(
                request,
                f"{name} and its workload clusters are on segment {target} now, not on {source}. "
                "Both are judged anew within seconds.",
            )
            return redirect("web:settings-segments")
    return _segments(request, move=form)


@require_POST
@for_operators
def remove_segment(request: HttpRequest, name: str) -> HttpResponse:
    must_see_all(request)
    try:
        registered.remove(name)
    except WrongSegment as error:
        return _segments(request, refused=str(error))
    messages.success(request, f"Segment {name} is removed.")
    return redirect("web:settings-segments")


def _segments(
    request: HttpRequest, add: SegmentForm | None = None, move: MoveForm | None = None, refused: str = ""
) -> HttpResponse:
    add = add or SegmentForm()
    is_wrong = bool(add.errors or (move and move.errors) or refused)
    may = may_operate(request.user)
    context = segments_page(add, move, scope_of(request), may_operate=may, refused=refused)
    return render(request, "web/settings/segments.html", context, status=400 if is_wrong else 200)


@operators_change
def subnets(request: HttpRequest) -> HttpResponse:
    """Declare one; `?cidr=` fills the form in, or leads to the one that is declared already."""
    asked = {name: request.GET[name] for name in SubnetForm.base_fields if name in request.GET}
    scope = scope_of(request)
    known = known_subnet(asked.get("cidr", ""), asked.get("segment", ""), scope)
    if known and known.declared and request.method != "POST":
        return redirect("web:settings-subnet", known.pk)
    form = SubnetForm(request.POST or None, initial=suggested(asked, known), scope=scope)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if _declared(request, form, partial(declare_new, typed["segment"], typed["cidr"])):
            return redirect("web:settings-subnets")
    context = subnets_page(form, scope, may_operate=may_operate(request.user))
    return render(request, "web/settings/subnets.html", context, status=400 if form.errors else 200)


@operators_change
def subnet(request: HttpRequest, pk: int) -> HttpResponse:
    found, scope = _declared_or_404(request, pk), scope_of(request)
    initial = {"name": found.name, "gateway": found.gateway, "dhcp": found.dhcp}
    form = SubnetForm(request.POST or None, initial=initial, standing=found, scope=scope)
    if (
        request.method == "POST"
        and form.is_valid()
        and _declared(request, form, partial(declare_anew, found))
    ):
        return redirect("web:settings-subnets")
    context = subnet_page(found, form, may_operate=may_operate(request.user))
    return render(request, "web/settings/subnet.html", context, status=400 if form.errors else 200)


@require_POST
@for_operators
def remove_subnet(request: HttpRequest, pk: int) -> HttpResponse:
    found = _declared_or_404(request, pk)
    withdraw(found)
    messages.success(request, f"{found.cidr} is no longer declared on segment {found.segment}.")
    return redirect("web:settings-subnets")


def _declared_or_404(request: HttpRequest, pk: int) -> Subnet:
    return get_object_or_404(Subnet.objects.in_scope(scope_of(request)).declared().whole(), pk=pk)


def _declared(request: HttpRequest, form: SubnetForm, declare: Callable[..., Subnet]) -> bool:
    """Declare what was typed and say what it overlaps; else say what is wrong."""
    typed = {name: form.cleaned_data[name] for name in ("name", "gateway", "dhcp")}
    try:
        made = declare(**typed)
    except DeclaredAlready as error:
        form.add_error(error.about, f"{error.subnet.cidr} is declared already: change it in the list above.")
        return False
    except WrongSubnet as error:
        form.add_error(error.about, str(error))
        return False
    first, *more = declared_in_words(made)
    messages.success(request, first)
    for line in more:
        messages.warning(request, line)
    return True
