"""The doors that a mail opens without signing in: each GET shows a button and changes nothing.

Mail programs and link checkers follow every link; a person presses the button.
"""

import re
from functools import wraps
from typing import Protocol

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ipviz.alerts.links import CONFIRM, STOP, WrongLink
from ipviz.alerts.subscriptions import confirm, start_again, stop
from ipviz.audit.actor import acts
from ipviz.web.pages.mail_links import by_mail, handle_as_mailed, handle_page, letter_of, subscription_of

UNSIGNED = re.compile(r"unsigned-(\d{1,18})\.\d+")
"""A link as it is stored, followed from a mail that the pages show."""


class View(Protocol):
    def __call__(self, request: HttpRequest, token: str) -> HttpResponse: ...


def _opened_from_mail(view: View) -> View:
    """Anyone may follow the link; one that is not good is said to be so."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except WrongLink as error:
            response = render(request, "web/mail/wrong.html", {"why": str(error)}, status=403)
        response["Referrer-Policy"] = "no-referrer"  # the address is the permission
        return response

    return login_not_required(never_cache(require_http_methods(["GET", "HEAD", "POST"])(opened)))


@_opened_from_mail
def handle(request: HttpRequest, token: str) -> HttpResponse:
    if found := UNSIGNED.fullmatch(token):
        return redirect("web:finding", int(found[1]))
    letter, at = letter_of(token), timezone.now()
    acts(by_mail(letter.permit.address))
    if request.method != "POST":
        return render(request, "web/mail/handle.html", handle_page(letter))
    refused = handle_as_mailed(letter, request.POST, at)
    shown = handle_page(letter_of(token), refused=refused, done="" if refused else request.POST["do"])
    return render(request, "web/mail/handle.html", shown, status=400 if refused else 200)


@csrf_exempt  # a mail program's one click (RFC 8058) has no cookie; the token is the permission
@_opened_from_mail
def stop_mails(request: HttpRequest, token: str) -> HttpResponse:
    subscription = subscription_of(STOP, token)
    acts(by_mail(subscription.address))
    if request.method == "POST":
        change = start_again if request.POST.get("do") == "start" else stop
        subscription = change(subscription, at=timezone.now())
    return render(request, "web/mail/stop.html", {"subscription": subscription})


@_opened_from_mail
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    subscription = subscription_of(CONFIRM, token)
    acts(by_mail(subscription.address))
    if request.method == "POST":
        subscription = confirm(subscription, at=timezone.now())
    return render(request, "web/mail/confirm.html", {"subscription": subscription})
