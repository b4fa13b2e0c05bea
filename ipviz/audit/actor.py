"""Who acts: whoever sent the request, or the person at the machine's shell.

It is bound where lines of the log are bound to a request (`ipviz.ops.requests`), so that both say the same,
and no writer has to be told who calls it.
"""

import getpass
import os
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars, get_contextvars

WHO, ORIGIN, REQUEST_ID, TASK_ID = "who", "origin", "request_id", "task_id"
NOBODY = "somebody who is not signed in"
PROGRAM = "ipviz"


@dataclass(frozen=True, slots=True)
class Actor:
    """`origin` and `request_id` are empty for who sent no request."""

    who: str
    origin: str = ""
    request_id: str = ""


def acts(who: str) -> None:
    """From here on in this request it is them: a person by name, a program by its token's.

    Who is named outside of a request is the one who asks, and acts no further.
    """
    if REQUEST_ID in get_contextvars():
        bind_contextvars(**{WHO: who})


def actor() -> Actor:
    """Who acts now. Outside of a request and a task it is a command that does."""
    bound = get_contextvars()
    if REQUEST_ID in bound:
        return Actor(bound.get(WHO, NOBODY), bound.get(ORIGIN, ""), bound[REQUEST_ID])
    return Actor(PROGRAM if TASK_ID in bound else f"{_login()} at the shell")


def request_id() -> str:
    """By which whoever reports a fault can name the request; empty outside of one."""
    return str(get_contextvars().get(REQUEST_ID, ""))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"
