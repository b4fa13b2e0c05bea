"""A suite that the machine cannot run is skipped with one line; where `CI` is set, it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import NEEDS, POSTGRES, missing

ROOT = Path(__file__).resolve().parents[2]
SUITE = "import pytest\n\n@pytest.mark.requires('apiserver')\ndef test_it(): pass\n"


def run_without_apiserver(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = requires\n")
    outer = {name: value for name, value in os.environ.items() if name not in ("CI", "KUBEBUILDER_ASSETS")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:django", "-rs", "test_suite.py"],
        cwd=folder,
        env=outer | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
    )


def test_elsewhere_it_is_skipped_and_says_what_to_install(tmp_path: Path) -> None:
    run = run_without_apiserver(tmp_path)
    assert run.returncode == 0, run.stdout
    assert "1 skipped" in run.stdout
    assert run.stdout.count("setup-envtest") == 1


def test_in_ci_it_fails(tmp_path: Path) -> None:
    run = run_without_apiserver(tmp_path, CI="true")
    assert run.returncode == 1
    assert "a suite that should have run was skipped: no real API server" in run.stdout


@pytest.mark.parametrize("name", NEEDS)
def test_what_is_there_is_found_and_what_is_not_is_explained(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr("tests.needs.DEBIANS_POSTGRES", tmp_path)
    monkeypatch.setattr("tests.needs.find_spec", lambda _: None)  # the package that brings a PostgreSQL
    assert "install" in missing(name) or "setup-envtest" in missing(name)
    for program in ("kube-apiserver", "etcd", "chromium", "redis-server", "promtool", *POSTGRES):
        (tmp_path / program).touch(mode=0o755)
    unshare = tmp_path / "unshare"  # it is asked
    unshare.write_text("#!/bin/sh\n")
    unshare.chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert missing(name) == ""


def test_of_a_developers_shell_only_what_is_said_to_the_tests_reaches_them() -> None:
    shell = {"IPVIZ_TEST_CRDS": "crds", "IPVIZ_ALERT_TO": "somebody@example.com"}
    told = "import os, tests.settings; print(*sorted(name for name in os.environ if name[:6] == 'IPVIZ_'))"
    run = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, env={**os.environ, **shell}, capture_output=True, text=True
    )
    assert run.stdout.split() == ["IPVIZ_DATA_DIR", "IPVIZ_TEST_CRDS"], run.stderr
