"""What is written down agrees with what is: pins, settings, migrations."""

import re
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(*names: str) -> dict[str, Requirement]:
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    return {canonicalize_name(each.name): each for each in wanted}


@pytest.mark.parametrize(
    ("asked", "files"),
    [
        (project()["project"]["dependencies"], ("requirements.txt",)),
        (project()["dependency-groups"]["dev"], ("requirements.txt", "requirements-dev.txt")),
    ],
    ids=["runtime", "dev"],
)
def test_every_dependency_is_pinned_within_what_pyproject_allows(
    asked: list[str], files: tuple[str, ...]
) -> None:
    pinned = pins(*files)
    for requirement in map(Requirement, asked):
        pin = pinned[canonicalize_name(requirement.name)]
        assert Version(str(pin.specifier).removeprefix("==")) in requirement.specifier, (
            f"{requirement}, {pin}"
        )


def test_every_pin_is_exact_and_stands_once() -> None:
    runtime, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert not runtime.keys() & dev.keys()
    for pin in (*runtime.values(), *dev.values()):
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), f"{pin} is not exact"


def test_the_pins_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml", "Makefile"):
        text = (ROOT / name).read_text()
        assert not re.search(r"--(extra-)?index-url|--find-links|://[^ ]*/simple", text), name


def test_every_setting_is_documented_and_no_other() -> None:
    read = re.findall(r'environment\.\w+\(\s*"([A-Z_]+)"', (ROOT / "ipviz" / "settings.py").read_text())
    documented = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(read)


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


def cited() -> list[tuple[str, str]]:
    """Which section of docs/domain.md our modules refer to: `docs/domain.md, "Services" and "Pools"`."""
    quoted = r'"[^"]+"(?:(?:,| and)\s+"[^"]+")*'
    found = []
    for path in sorted((ROOT / "ipviz").rglob("*.py")):
        text = re.sub(r"\s*\n\s*", " ", path.read_text())
        for titles in re.findall(rf"docs/domain\.md,(?: the \w+ of)? ({quoted})", text):
            found += [(path.name, title) for title in re.findall(r'"([^"]+)"', titles)]
    return found


@pytest.mark.parametrize(("module", "title"), cited())
def test_what_the_code_cites_of_the_domain_is_written_there(module: str, title: str) -> None:
    titles = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "domain.md").read_text(), re.MULTILINE)
    assert title in titles, f"{module} cites {title!r}; docs/domain.md has {titles}"
