"""The shape of our own code: short modules and functions, plain templates, no path of anybody's machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
VAGUE = {"common", "helpers", "manager", "misc", "utils"}
# A home folder of somebody, or a folder at the root that no standard names.
SOMEBODYS_PATH = re.compile(r"(?<![\w.~<{$:/-])/(?:home|Users|work|root|workspace)/[a-z]")
INLINE = re.compile(
    r"""<script(?![^>]*\bsrc=)(?![^>]*\btype=["']application/json["'])[^>]*>|<style\b|\sstyle\s*=|\son[a-z]+\s*=""",
    re.IGNORECASE,
)


def sources() -> list[Path]:
    return sorted(p for p in (ROOT / "ipviz").rglob("*.py") if "migrations" not in p.parts)


def templates() -> list[Path]:
    # A mail has no stylesheet to refer to, so its HTML part carries its style.
    return sorted(p for p in (ROOT / "templates").rglob("*.html") if "emails" not in p.parts)


def tracked() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(), ids=named)
def test_a_module_is_short_and_named_for_its_role(path: Path) -> None:
    assert path.stem not in VAGUE
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", sources(), ids=named)
def test_its_functions_are_short(path: Path) -> None:
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("path", templates(), ids=named)
def test_a_template_holds_no_script_handler_or_style(path: Path) -> None:
    """The Content-Security-Policy would refuse them, without a word on the page."""
    assert [found.group() for found in INLINE.finditer(path.read_text())] == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{named(path)}: {match.group()}" for match in SOMEBODYS_PATH.finditer(text)]
    assert [each for each in found if not each.startswith(named(Path(__file__)))] == []
