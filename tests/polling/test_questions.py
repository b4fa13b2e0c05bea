"""The answers of docs/questions are those of the demo: what is typed, what comes of it, pages and YAML."""

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.planning.manifests import wanted_by
from ipviz.polling.demo import offer_demo

pytestmark = pytest.mark.django_db

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "questions").glob("*.md"))
named = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.fixture
def _demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # where files are written
    offer_demo()
    with suppress(SystemExit):  # one of its clusters can't be read
        call_command("poll", stdout=StringIO())


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Language and text of each block of code."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def answered(typed: str) -> str:
    """What the commands among what is typed say."""
    said = StringIO()
    for line in typed.splitlines():
        if line.startswith("python manage.py "):
            with suppress(SystemExit):
                call_command(*shlex.split(line)[2:], stdout=said, stderr=said)
    return said.getvalue()


def test_there_are_four_questions() -> None:
    assert [page.stem for page in PAGES] == ["divide", "pick", "range", "used"]


@named
@pytest.mark.usefixtures("_demo")
def test_what_is_typed_answers_as_it_is_told(page: Path) -> None:
    said, compared = "", 0
    for language, text in blocks(page):
        if language == "sh":
            said = answered(text)
        elif not language:
            lines = {line for line in text.splitlines() if line}
            assert lines <= set(said.splitlines())
            compared += 1
    assert compared


@named
@pytest.mark.usefixtures("_demo")
def test_every_page_that_it_names_is_there(page: Path, client: Client) -> None:
    user = User.objects.create_user("viewer")
    give_role(user, Role.VIEWER)
    client.force_login(user)
    text = page.read_text()
    paths = re.findall(r"`(/(?!api/)[\w./?=&:-]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    paths = [path for path in paths if not re.fullmatch(r"/\d+", path)]
    assert paths
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


@named
def test_its_yaml_is_what_check_reads(page: Path) -> None:
    for language, text in blocks(page):
        if language == "yaml":
            assert wanted_by(text).spans


@named
def test_its_pictures_and_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).is_file(), target
