"""The floors hold: imports by import-linter, foreign keys by a walk, purity by a look at what got loaded."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignObjectRel, Model

ROOT = Path(__file__).resolve().parents[2]
# A table may point to its own app and to those after it.
DOWNWARDS = (
    "polling",
    "accounts",
    "alerts",
    "planning",
    "findings",
    "inventory",
    "clusters",
    "audit",
    "auth",
    "contenttypes",
)
LOADED_BY = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


def domain_modules() -> list[str]:
    paths = sorted((ROOT / "ipviz" / "domain").rglob("*.py"))
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths
    ]


def test_every_import_goes_down() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_every_foreign_key_points_down(model: type[Model]) -> None:
    if model._meta.app_label not in DOWNWARDS[: DOWNWARDS.index("auth")]:
        return
    own = DOWNWARDS.index(model._meta.app_label)
    for field in model._meta.get_fields():
        target = field.related_model
        if isinstance(field, ForeignObjectRel) or not isinstance(target, type):
            continue
        assert DOWNWARDS.index(target._meta.app_label) >= own, f"{field} points up to {target._meta.label}"


@pytest.mark.parametrize("module", domain_modules())
def test_the_domain_loads_nothing_but_itself(module: str) -> None:
    """In a process of its own, because import-linter does not see what a package's `__init__` loads."""
    heavy = ("celery", "django", "kubernetes", "msgspec", "pydantic", "structlog", "yaml")
    run = subprocess.run(
        [sys.executable, "-c", LOADED_BY, module, *heavy], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []


def test_the_domains_tests_need_no_django() -> None:
    command = [sys.executable, "-m", "pytest", "tests/domain", "-p", "no:django", "--collect-only", "-q"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_root_package_is_empty() -> None:
    assert (ROOT / "ipviz" / "__init__.py").read_text().strip() == ""
