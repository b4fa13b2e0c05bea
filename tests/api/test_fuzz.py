"""The whole document, asked at random by everybody on a filled database: no crash, and no word beside it.

`make fuzz` asks more often, each time otherwise (`FUZZ`: how many questions for each operation and person).
"""

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import time_machine
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.checks import response_schema_conformance

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import TOKEN_ROLES, Role
from ipviz.accounts.roles import give_role
from ipviz.accounts.tokens import UNLIMITED, create_token
from tests.api.conftest import NOW
from tests.api.filled import fill, ids_of, make_sensible

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = int(os.environ.get("FUZZ", "0"))
NOBODY, SCOPED = "nobody", "an operator of a part"
PAGING = {"page", "page_size", "cursor", "after"}
Person = dict[str, dict[str, str]]
Case = schemathesis.Case[Any]

# A stream of events goes on for minutes: test_events.py asks for it.
document = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.yaml").exclude(path_regex="/events/")
document.app = WSGIHandler()
# What is asked shall not depend on which modules other tests have imported.
document.config.analysis.constants.enabled = False
document.config.generation.update(with_security_parameters=False)
document.config.checks.update(
    excluded_check_names=[
        "positive_data_acceptance",  # what has the right shape may still be of no cluster, or of the future
        "ignored_auth",  # test_authorization.py is stricter
    ]
)

document.config.checks.negative_data_rejection.expected_statuses.append("413")


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Person]]:
    """How each signs in. All that is stored goes with the last question; so does what a question stores."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
            fill()
            yield {
                NOBODY: {},
                **{role.value: by_token(role) for role in TOKEN_ROLES},
                SCOPED: by_token(Role.OPERATOR, Limits(clusters=("hmc",))),
                Role.ADMIN.value: by_session(Role.ADMIN),
            }
            transaction.set_rollback(True)
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def by_token(role: Role, limits: Limits = UNLIMITED) -> Person:
    secret = create_token(f"{role} {limits}"[:60], role, NOW, limits=limits)
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def by_session(role: Role) -> Person:
    made, browser, secret = User.objects.create_user(role.value), Client(), "c" * 32
    give_role(made, role)
    browser.force_login(made)
    session = browser.cookies["sessionid"].value
    return {
        "headers": {"X-CSRFToken": secret},
        "cookies": {"csrftoken": secret, "sessionid": session},
    }


@document.parametrize()
@pytest.mark.parametrize("who", [NOBODY, SCOPED, *(role.value for role in TOKEN_ROLES), Role.ADMIN.value])
@settings(
    max_examples=QUESTIONS or 15,
    derandomize=not QUESTIONS,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_asked_is_answered_as_the_document_says(
    case: Case, who: str, people: dict[str, Person]
) -> None:
    aim(case)
    person = people[who]
    # Compression is the middleware's, and the client of the suite knows none.
    headers = {"Accept-Encoding": "identity", "Accept": accepted(case), **person.get("headers", {})}
    with transaction.atomic():
        answer = case.call(headers=headers, cookies=person.get("cookies"))
        transaction.set_rollback(True)
    case.validate_response(answer, excluded_checks=[response_schema_conformance] if is_sparse(case) else [])
    assert b"Traceback" not in answer.content
    if who == NOBODY:
        assert answer.status_code == 401
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]
        if answer.content:  # there is none for a HEAD
            assert json.loads(answer.content)["status"] == answer.status_code


def accepted(case: Case) -> str:
    """One of the formats in which the document says that it is answered; lines know nothing of pages."""
    told: dict[str, Any] = case.operation.definition.raw["responses"].get("200", {}).get("content", {})
    if case.method != "GET" or "text/csv" not in told or PAGING & set(case.query or ()):
        return "*/*"
    return sorted(told)[zlib.crc32(repr(case.query).encode()) % len(told)]


def is_sparse(case: Case) -> bool:
    """Its rows lack what the document calls required: the document says so of `fields`."""
    return bool(case.query and case.query.get("fields")) and case.method == "GET"


def aim(case: Case) -> None:
    """At what is there, as long as it is asked as the document says."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    ids = ids_of(case.path)
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            make_sensible(part, ids)
