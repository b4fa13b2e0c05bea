"""The pages of tokens and people, which are for admins, and of one's own password.

A secret is shown on the page that answers the POST which made it, and nowhere else: no redirect, message or
session carries it, and no cache keeps the page.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ipviz.accounts.limits import LimitRefused
from ipviz.accounts.links import link_for
from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.people import (
    PersonRefused,
    add_person,
    change_role,
    forget_password,
    let_in,
    limit,
    provider_of,
    set_password,
    shut_out,
)
from ipviz.accounts.tokens import NameRefused, create_token, revoke
from ipviz.web.access import for_admins, get_or_post, person_of
from ipviz.web.setup.accounts import people_page, person_page, tokens_page
from ipviz.web.setup.forms import LimitsForm, PersonForm, RoleForm, TokenForm


@never_cache
@get_or_post
@for_admins
def tokens(request: HttpRequest) -> HttpResponse:
    at, secret = timezone.now(), ""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.cleaned_data
            role, days = Role(asked["role"]), asked["days"]
            secret = create_token(asked["name"], role, at, days=days, limits=form.limits())
        except NameRefused as error:
            form.add_error("name", str(error))
        except LimitRefused as error:
            form.add_error(error.field, str(error))
    context = tokens_page(at, TokenForm() if secret else form, secret)
    return render(request, "web/settings/tokens.html", context, status=400 if form.errors else 200)


@require_POST
@for_admins
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk)
    revoke(token)
    messages.success(request, f"The token {token} is revoked.")
    return redirect("web:settings-tokens")


@never_cache
@get_or_post
@for_admins
def people(request: HttpRequest) -> HttpResponse:
    at, made, link = timezone.now(), None, ""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_person(form.cleaned_data["username"], Role(form.cleaned_data["role"]))
            link = link_for(made, at=at)
        except PersonRefused as error:
            form.add_error("username", str(error))
    context = people_page(at, PersonForm() if made else form, made, link)
    return render(request, "web/settings/people.html", context, status=400 if form.errors else 200)


@never_cache
@get_or_post
@for_admins
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person; what is posted gives another role or limits, shuts out or lets in, or makes a new link."""
    found, by = get_object_or_404(User, pk=pk), person_of(request)
    link = refused = ""
    what = request.POST.get("do", "")
    form = RoleForm(request.POST if what == "role" else None)
    limits = LimitsForm(request.POST if what == "limit" else None)
    if request.method == "POST":
        try:
            link = _done(what, found, by, form, limits)
        except PersonRefused as error:
            refused = str(error)
        except LimitRefused as error:
            limits.add_error(error.field, str(error))
        else:
            if not (link or form.errors or limits.errors):
                return redirect("web:settings-person", pk)
    context = person_page(timezone.now(), found, by, form, limits, link=link, refused=refused)
    is_wrong = bool(refused or form.errors or limits.errors)
    return render(request, "web/settings/person.html", context, status=400 if is_wrong else 200)


def _done(what: str, person: User, by: User, form: RoleForm, limits: LimitsForm) -> str:
    """Do what was asked; returns the link, where one was asked for. Raises PersonRefused, LimitRefused."""
    match what:
        case "role" if form.is_valid():
            change_role(person, Role(form.cleaned_data["role"]), by=by)
        case "limit" if limits.is_valid():
            limit(person, limits.limits(), at=timezone.now())
        case "shut-out":
            shut_out(person, by=by, at=timezone.now())
        case "let-in":
            let_in(person)
        case "link" if person.is_active:
            return link_for(person, at=timezone.now())
        case "forget" if person.is_active and person != by:
            forget_password(person)
            return link_for(person, at=timezone.now())
    return ""


@sensitive_post_parameters()
@never_cache
@get_or_post
def password(request: HttpRequest) -> HttpResponse:
    """Of somebody who has none, only the new one is asked; who comes from a provider has none here."""
    person = person_of(request)
    if provider := provider_of(person):
        status = 403 if request.method == "POST" else 200
        return render(request, "web/settings/password.html", {"provider": provider}, status=status)
    kind: Any = PasswordChangeForm if person.has_usable_password() else SetPasswordForm
    form = kind(person, request.POST or None)
    if request.method == "POST" and _is_old_one_known(request, person) and form.is_valid():
        set_password(form)
        update_session_auth_hash(request, form.user)
        messages.success(request, "Your password is set. Your other sessions have ended.")
        return redirect("web:settings")
    return render(request, "web/settings/password.html", {"form": form}, status=400 if form.errors else 200)


def _is_old_one_known(request: HttpRequest, person: User) -> bool:
    """Asked as at a sign-in, so that guesses are counted and whoever guesses is locked out."""
    if not person.has_usable_password():
        return True
    old = request.POST.get("old_password", "")
    return authenticate(request, username=person.get_username(), password=old) is not None
