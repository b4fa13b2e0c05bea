"""What the documentation says is there: links, commands, targets, settings. `make docs` builds the site."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
TARGET = re.compile(r"\bmake ([a-z][a-z0-9-]*)\b(?! it)")
SETTING = re.compile(r"\bIPVIZ_[A-Z_]+[A-Z]\b")
OF_CLIENTS = {"IPVIZ_URL", "IPVIZ_TOKEN"}
"""Names in the shell of who asks us, not settings of ours."""
OF_THE_SUITE = {"IPVIZ_TEST_CRDS"}


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def code_of(text: str) -> str:
    """Only what is set as code: words like "make sure" are no targets."""
    spans = re.findall(r"`([^`\n]+)`", FENCED.sub("", text))
    blocks = [each[0] for each in re.finditer(FENCED, text)]
    indented = re.findall(r"^ {4,}\S.*$", text, re.MULTILINE)
    return "\n".join([*spans, *blocks, *indented])


def anchors_of(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title)).strip("-") for title in plain}


def links_of(page: Path) -> Iterator[tuple[str, str]]:
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, anchor = target.partition("#")
            yield path, anchor


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in links_of(page):
        target = page if not path else (page.parent / path).resolve()
        assert target.exists(), path
        if page.is_relative_to(DOCS):
            assert target.is_relative_to(DOCS), f"{path} is no page of the site"
        if anchor:
            assert anchor in anchors_of(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_target_and_setting_that_is_named_is_there(page: Path) -> None:
    text = page.read_text()
    commands = {"help", *get_commands()}
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    settings = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "settings.md").read_text(), re.MULTILINE))
    assert {name for name in COMMAND.findall(text) if name not in commands} == set()
    assert set(TARGET.findall(code_of(text))) <= targets
    told = {name if name in settings else name.removesuffix("_FILE") for name in SETTING.findall(text)}
    assert told - OF_CLIENTS - OF_THE_SUITE <= settings


def test_every_page_is_in_the_sites_navigation() -> None:
    listed = re.findall(r'"([\w/-]+\.md)"', (ROOT / "zensical.toml").read_text())
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_the_site_fetches_nothing_from_elsewhere() -> None:
    project = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
    assert project["theme"]["font"] is False
