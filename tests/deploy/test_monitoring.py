"""The alert rules and the dashboard: they speak when they should, and ask only for what is scraped."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.needs import promtool

ROOT = Path(__file__).parents[2]
FILES = ROOT / "deploy" / "helm" / "ipviz" / "files"
RULES, DASHBOARD = FILES / "alerts.yaml", FILES / "dashboard.json"
TESTS = ROOT / "deploy" / "monitoring" / "alerts_test.yaml"
OPERATING = (ROOT / "docs" / "operating.md").read_text()
SUFFIXES = "_bucket", "_sum", "_count"

ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
]
BOARD: dict[str, Any] = json.loads(DASHBOARD.read_text())


def documented() -> dict[str, set[str]]:
    """What is scraped, with its labels; a test of the metrics compares this table to them."""
    rows = re.findall(r"^\| `(ipviz_\w+)` \| ([^|]*)\|", OPERATING, re.MULTILINE)
    return {name: set(labels.replace(",", " ").split()) for name, labels in rows}


def expressions() -> Iterator[str]:
    yield from (alert["expr"] for alert in ALERTS)
    for panel in BOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from re.findall(r"label_values\((\w+)", json.dumps(BOARD["templating"]))


def told(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.requires("promtool")
def test_prometheus_understands_the_rules() -> None:
    ended = told(str(promtool()), "check", "rules", str(RULES))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(ALERTS)} rules found" in ended.stdout


@pytest.mark.requires("promtool")
def test_each_alert_is_quiet_until_it_should_speak() -> None:
    ended = told(str(promtool()), "test", "rules", str(TESTS))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_alert_has_been_heard_in_a_test_of_the_rules() -> None:
    tried = yaml.safe_load(TESTS.read_text())["tests"]
    heard = {
        each["alertname"] for test in tried for each in test.get("alert_rule_test", ()) if each["exp_alerts"]
    }
    assert heard == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_bad_it_is_what_it_means_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"].keys() == {"summary", "description", "runbook"}
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert (page, anchor) == ("docs/operating.md", alert["alert"].lower())
    assert f"\n### {alert['alert']}\n" in OPERATING


def test_no_runbook_is_of_an_alert_that_is_gone() -> None:
    assert set(re.findall(r"^### (Ipviz\w+)$", OPERATING, re.MULTILINE)) == {
        alert["alert"] for alert in ALERTS
    }


def test_rules_and_dashboard_ask_only_for_what_is_scraped() -> None:
    scraped = documented()
    known = scraped.keys() | {f"{name}{suffix}" for name in scraped for suffix in SUFFIXES}
    asked = {name for each in expressions() for name in re.findall(r"\bipviz_\w+", each)}
    assert asked <= known
    assert len(asked) > 20


OF_PROMETHEUS = {"namespace", "job"}
"""Labels of whom it scrapes."""


def test_rules_and_dashboard_ask_only_by_labels_that_are_there() -> None:
    scraped = documented()
    for each in expressions():
        names = re.findall(r"\bipviz_\w+", each)
        there = set().union(*(scraped.get(re.sub("_(bucket|sum|count)$", "", name), set()) for name in names))
        by = {label.strip() for group in re.findall(r"by \(([^)]*)\)", each) for label in group.split(",")}
        matched = set(re.findall(r"(\w+)\s*=~?\s*\"", each))
        assert by | matched <= there | OF_PROMETHEUS, each


def test_the_dashboard_is_as_its_program_writes_it() -> None:
    ended = told(sys.executable, "deploy/monitoring/dashboard.py")
    assert ended.stdout == DASHBOARD.read_text(), "python deploy/monitoring/dashboard.py > " + str(DASHBOARD)


def test_the_panels_of_the_dashboard_can_be_told_apart_and_do_not_overlap() -> None:
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}
        assert max(columns) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_query_goes_to_the_source_that_one_chooses() -> None:
    sources = {json.dumps(each) for each in found(BOARD, "datasource")}
    assert sources == {'{"type": "prometheus", "uid": "${datasource}"}'}
    assert {each["name"] for each in BOARD["templating"]["list"]} == {"datasource", "segment"}


@pytest.mark.requires("promtool")
def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    """Asked as rules, of which each is named: a query by itself needs a server."""
    rules = [
        {"record": f"query:{number}", "expr": each.replace("$segment", ".*")}
        for number, each in enumerate(expressions())
    ]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    ended = told(str(promtool()), "check", "rules", str(path))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def found(value: Any, name: str) -> Iterator[Any]:
    """Every value of that name, however deep."""
    if isinstance(value, dict):
        yield from (each for key, each in value.items() if key == name and not isinstance(each, str))
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from found(each, name)
