"""Logs: one event a line, a constant name with facts; JSON unless a person looks at a terminal.

Whatever speaks in a process leaves by one formatter: our own events, Django, Celery, gunicorn, warnings.
"""

import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
LEVELS = {
    # The event of each request says it too (`ipviz.ops.requests`); what fails is told with its traceback.
    "django.request": "ERROR",
    "django.security": "ERROR",
    # That each task came and went, which is only of interest to who looks for a fault; django-structlog tells
    # of those that failed.
    "celery.app.trace": "CRITICAL",
    "celery.beat": "WARNING",
    "celery.worker.strategy": "WARNING",
}
SECRETS = (
    (re.compile(r"(/mail/\w+/)[^/\s?#\"'<>]+"), r"\1..."),  # the address is the permission
    (re.compile(r"(%2Fmail%2F\w+%2F)[\w.-]+", re.IGNORECASE), r"\1..."),
    (re.compile(r"(\b(?:\w*token|code|state|\w*secret)[\"']?[=:]\s*[\"']?)[^&\s#\"'<>,}]+"), r"\1..."),
    (re.compile(r"(\bBearer\s+)\S+", re.IGNORECASE), r"\1..."),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "..."),  # a JWT
    (re.compile(r"(\bipviz_)[\w-]{20,}"), r"\1..."),
    (re.compile(r"(\w://)[^\s@\"'<>]*@"), r"\1...@"),  # the user and password of a URL
)
"""What opens a door, wherever it is quoted: in a path, in the words of a library, in a traceback."""


def configure(level: str) -> None:
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(logging_config(level, for_a_person=sys.stderr.isatty()))
    logging.captureWarnings(True)


def logging_config(level: str, *, for_a_person: bool) -> dict[str, Any]:
    """The standard library's records and structlog's leave by one formatter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    without_secrets,
                    *(for_terminals if for_a_person else for_programs),
                ],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": least} for name, least in LEVELS.items()},
    }


def without_secrets(_: Any, __: str, event: Event) -> Event:
    """Texts are looked through, and not what is in lists: nobody puts there what was said to us."""
    return {name: _redacted(value) if isinstance(value, str) else value for name, value in event.items()}


def _redacted(text: str) -> str:
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def printable(_: Any, __: str, event: Event) -> Event:
    """Names come from clusters: none breaks its line, or tells the terminal what to do.

    A traceback has lines of its own, and is shown below its event.
    """
    return {
        name: _inert(value, keep="\n" if name == "exception" else "") if isinstance(value, str) else value
        for name, value in event.items()
    }


def _inert(text: str, keep: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in keep else each.encode("unicode_escape").decode()
        for each in text
    )


# JSON escapes all that is not plain by itself.
for_programs: list[Any] = [structlog.processors.JSONRenderer(sort_keys=True)]
for_terminals: list[Any] = [
    printable,
    structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
]
