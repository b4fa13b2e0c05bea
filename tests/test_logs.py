"""One event a line, whoever speaks and whatever is said; and no secret in any."""

import json
import logging
from io import StringIO
from typing import Any

import pytest
import structlog

from ipviz import logs

HOSTILE = 'web\n{"event": "faked"}\r\x1b[2Jgone\x07 \u202e\u2028\ud800'
SENTINEL = "SENTINEL-0123456789"


@pytest.fixture
def formatted() -> Any:
    """The lines of an event, as a formatter of ours writes them."""

    def lines(say: Any, *, for_a_person: bool) -> list[str]:
        config = logs.logging_config("DEBUG", for_a_person=for_a_person)["formatters"]["events"]
        out = StringIO()
        handler = logging.StreamHandler(out)
        handler.setFormatter(structlog.stdlib.ProcessorFormatter(
            processors=config["processors"], foreign_pre_chain=config["foreign_pre_chain"]
        ))  # fmt: skip
        logger = logging.getLogger("ipviz.test_of_logs")
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel("DEBUG")
        say(logger)
        return out.getvalue().splitlines()

    return lines


@pytest.mark.parametrize("for_a_person", [True, False], ids=["console", "json"])
def test_a_hostile_name_breaks_no_line_and_tells_no_terminal(formatted: Any, for_a_person: bool) -> None:
    def say(logger: logging.Logger) -> None:
        structlog.wrap_logger(
            logger,
            processors=[*logs.SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
        ).warning("poll.stored", cluster=HOSTILE)
        logger.warning("Not there: %s", HOSTILE)

    lines = formatted(say, for_a_person=for_a_person)
    assert len(lines) == 2
    for line in lines:
        assert "gone" in line
        assert "\x1b[2J" not in line
        assert not set(line) & set("\r\x07\u202e\u2028\ud800")


def test_an_exception_is_a_field_of_its_event(formatted: Any) -> None:
    def say(logger: logging.Logger) -> None:
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            logger.exception("It failed")

    (line,) = formatted(say, for_a_person=False)
    told = json.loads(line)
    assert (told["event"], told["level"]) == ("It failed", "error")
    assert "Traceback" in told["exception"]
    assert "ValueError" in told["exception"]


def test_a_traceback_in_a_terminal_has_lines_and_nothing_else_that_moves(formatted: Any) -> None:
    def say(logger: logging.Logger) -> None:
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            logger.exception("It failed")

    lines = formatted(say, for_a_person=True)
    assert any("Traceback" in each for each in lines)
    assert "\x1b[2J" not in "".join(lines)
    assert not set("".join(lines)) & set("\r\x07\u2028")


@pytest.mark.parametrize(
    "text",
    [
        f"GET /mail/handle/{SENTINEL}/ failed",
        f"GET /sign-in/link/?token={SENTINEL}",
        f"/oidc/callback/?state=x&code={SENTINEL}&more=1",
        f"Authorization: Bearer ipviz_{SENTINEL}abcdefghijk",
        f"cannot connect to smtp://user:{SENTINEL}@mail.example.org:587",
        f"redis://:{SENTINEL}@redis:6379/0 is gone",
    ],
)
def test_what_opens_a_door_is_left_out_wherever_it_is_quoted(formatted: Any, text: str) -> None:
    def say(logger: logging.Logger) -> None:
        logger.warning("%s", text)
        try:
            raise RuntimeError(text)
        except RuntimeError:
            logger.exception("It failed")

    told = "".join(formatted(say, for_a_person=False))
    assert SENTINEL not in told
    assert "..." in told
