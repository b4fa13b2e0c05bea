"""Whether it is there, and whether it can work."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client


def test_health_asks_nobody(client: Client) -> None:
    """Without the database's mark, a query would fail this test."""
    reply = client.get("/healthz")
    assert (reply.status_code, reply.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_where_the_database_answers(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_not_ready_where_it_does_not_and_says_so(client: Client) -> None:
    def gone(*_: Any) -> Any:
        raise OperationalError("connection to 198.51.100.9 failed for user ipviz")

    with connection.execute_wrapper(gone):
        reply = client.get("/readyz")
    assert reply.status_code == 503
    assert "database" in reply.content.decode()
    assert "198.51.100.9" not in reply.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_neither_is_posted_to(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
