"""While the database is away pages and API say so, without a traceback, and work again after."""

import logging
from typing import Any, Never

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.api.asking import V1


def away(*_: Any) -> Never:
    raise OperationalError("server closed the connection unexpectedly\n\tThis probably means")


@pytest.mark.parametrize("path", ["/", "/findings/", f"{V1}findings/"])
def test_it_is_503_in_one_line_and_no_fault_of_ours(
    page: Client, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    page.raise_request_exception = False
    with connection.execute_wrapper(away), caplog.at_level(logging.ERROR):
        answer = page.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "can't be used just now" in answer.content.decode().replace("&#x27;", "'")
    assert "server closed" not in answer.content.decode()
    assert "Traceback" not in caplog.text
    assert "server closed the connection unexpectedly This" in caplog.text
    assert page.get(path).status_code == 200
