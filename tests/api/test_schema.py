"""The OpenAPI document: valid, without a warning, and with every field."""

from pathlib import Path

import pytest
from django.core.management import call_command
from drf_spectacular.validation import validate_schema

from ipviz.api.urls import urlpatterns
from tests.api.asking import Api
from tests.api.test_shapes import SHAPES

ROOT = Path(__file__).resolve().parents[2]


def test_it_is_valid_and_served_as_json(viewer: Api) -> None:
    answer = viewer.get("schema/")
    assert answer.media_type == "application/json"
    validate_schema(answer.body)  # type: ignore[no-untyped-call]


def test_it_can_be_had_as_yaml(viewer: Api) -> None:
    reply = viewer.client.get("/api/v1/schema/", headers={"Accept": "application/yaml"})
    assert reply.content.startswith(b"openapi: 3.")


def test_nothing_in_it_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", "/dev/null")
    assert "Warning" not in capsys.readouterr().err


def test_the_document_that_people_review_is_current(tmp_path: Path) -> None:
    """`python manage.py spectacular --file docs/openapi.yaml` writes it anew: look at what changed in it."""
    written = tmp_path / "openapi.yaml"
    call_command("spectacular", "--file", str(written))
    assert (ROOT / "docs" / "openapi.yaml").read_text() == written.read_text()


def test_every_list_and_its_fields_are_in_it(viewer: Api) -> None:
    schema = viewer.get("schema/").body
    for path, shape in SHAPES.items():
        name = shape.__name__.removesuffix("Serializer")
        assert set(schema["components"]["schemas"][name]["properties"]) == set(shape().fields)
        asked = {each["name"] for each in schema["paths"][f"/api/v1/{path}"]["get"]["parameters"]}
        assert {"segment", "cluster", "within", "q", "page", "page_size"} <= asked


def test_every_path_is_in_it_with_its_problems(viewer: Api) -> None:
    paths = viewer.get("schema/").body["paths"]
    assert len(paths) == len(urlpatterns) - len(["schema", "docs", "nothing"])
    for methods in paths.values():
        for operation in methods.values():
            assert {"400", "401", "403", "404"} <= set(operation["responses"])
            assert {"token": []} in operation["security"]


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "text/csv"])
def test_each_list_that_answers_with_lines_says_so_and_nothing_else_does(api: Api, media_type: str) -> None:
    for path, methods in api.get("schema/").body["paths"].items():
        if (
            "get" not in methods or "{" in path or path.endswith(("/events/", "/audit/"))
        ):  # no token reads the latter
            continue
        told = methods["get"]["responses"]["200"]["content"]
        reply = api.client.get(path, headers={"Accept": media_type})
        assert (media_type in told) == (reply.status_code == 200), path
        assert not reply.streaming or told[media_type]["schema"]["type"] == "string"


def test_what_is_made_says_where_it_is(viewer: Api) -> None:
    paths = viewer.get("schema/").body["paths"]
    made = {
        path: operation["responses"]["201"]["headers"]
        for path, methods in paths.items()
        for operation in methods.values()
        if "201" in operation["responses"]
    }
    assert {f"/api/v1/{name}/" for name in ("segments", "clusters", "subnets", "silences")} < set(made)
    assert all(set(headers) == {"Location"} for headers in made.values())
