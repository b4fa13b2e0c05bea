"""A header that Django has no setting for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

UNUSED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")


def permissions_policy(answer_of: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware: no page of ours asks for any of these, so that no script in one can."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = answer_of(request)
        response["Permissions-Policy"] = ", ".join(f"{each}=()" for each in UNUSED)
        return response

    return answer
