"""Numbers in query strings."""

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

DIGITS = 9


def number_asked(request: Request, name: str, default: int, least: int = 1, most: int | None = None) -> int:
    """The number of a parameter, the default where it is left out or empty; a problem where it is none."""
    text = request.query_params.get(name)
    if not text:
        return default
    # Digits of other scripts are digits to str.isdigit, and more than these are no number of anything.
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS
    if not is_number or int(text) < least or (most is not None and int(text) > most):
        upward = "on" if most is None else f"to {most}"
        raise ValidationError({name: [f"{text!r} is not a number from {least} {upward}."]})
    return int(text)
