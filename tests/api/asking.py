"""Asking the API as a pipeline does: with a token, and JSON back."""

from dataclasses import dataclass, field
from typing import Any

from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client

V1 = "/api/v1/"


@dataclass
class Asked:
    """An answer; `body` is its JSON, None where it has none."""

    status: int
    media_type: str
    body: Any
    headers: Any = field(repr=False, default=None)

    @property
    def results(self) -> list[Any]:
        rows: list[Any] = self.body["results"]
        return rows


class Api:
    def __init__(self, secret: str = "") -> None:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.client = Client(headers=headers)

    def get(self, path: str, **asked: Any) -> Asked:
        # `class` is a word of Python's, so it is asked for as `class_`.
        return _asked(self.client.get(V1 + path, {k.rstrip("_"): v for k, v in asked.items()}))

    def post(self, path: str, **sent: Any) -> Asked:
        return _asked(self.client.post(V1 + path, sent, content_type="application/json"))

    def put(self, path: str, **sent: Any) -> Asked:
        return _asked(self.client.put(V1 + path, sent, content_type="application/json"))

    def patch(self, path: str, **sent: Any) -> Asked:
        return _asked(self.client.patch(V1 + path, sent, content_type="application/json"))

    def delete(self, path: str) -> Asked:
        return _asked(self.client.delete(V1 + path))

    def rows(self, path: str, **asked: Any) -> list[Any]:
        answer = self.get(path, **asked)
        assert answer.status == 200, answer
        return answer.results

    def names(self, path: str, **asked: Any) -> list[str]:
        return [row["name"] for row in self.rows(path, **asked)]

    def refused(self, path: str, **asked: Any) -> dict[str, Any]:
        """The fields that a bad request named, each with what is wrong."""
        answer = self.get(path, **asked)
        assert (answer.status, answer.media_type) == (400, "application/problem+json"), answer
        errors: dict[str, Any] = answer.body["errors"]
        return errors


def closed(reply: Any) -> None:
    """Close what was not read to its end as a web server does, but for the connection of the test."""
    request_finished.disconnect(close_old_connections)
    try:
        reply.close()
    finally:
        request_finished.connect(close_old_connections)


def _asked(reply: Any) -> Asked:
    body = reply.json() if reply.content else None
    return Asked(reply.status_code, reply.headers.get("Content-Type", ""), body, reply.headers)
