"""Writes the Grafana dashboard, deploy/helm/ipviz/files/dashboard.json, to where its output goes.

Four questions, a row each, from what is grave to what is merely good to know. Every web process tells the
same figures, so each query takes the worst of them.
"""

import json
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

Panel = dict[str, Any]

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24
SEGMENT = 'segment=~"$segment"'
POOL = "segment, cluster, kind, pool_namespace, pool"
GREEN, AMBER, RED = "green", "orange", "red"
BAD_ABOVE_0 = [(None, GREEN), (1, RED)]
GOOD_AT_1 = [(None, RED), (1, GREEN)]
LATE = [(None, GREEN), (300, AMBER), (900, RED)]


def query(expression: str, legend: str = "", *, table: bool = False) -> Panel:
    shape = {"format": "table", "instant": True} if table else {"instant": False}
    return {"datasource": SOURCE, "expr": expression, "legendFormat": legend, **shape}


def stat(title: str, told: str, expression: str, colours: list[Any], unit: str = "none") -> Panel:
    return panel("stat", title, told, [query(expression)], unit, colours, width=6, height=4) | {
        "options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "none"}
    }


def graph(title: str, told: str, queries: list[Panel], unit: str = "none", width: int = 12) -> Panel:
    return panel("timeseries", title, told, queries, unit, [(None, GREEN)], width=width, height=8) | {
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    }


def table(title: str, told: str, expression: str, value: str, unit: str = "none") -> Panel:
    shown = [
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": {"Value": value}}},
        {"id": "sortBy", "options": {"sort": [{"field": value, "desc": unit == "s" or unit == "none"}]}},
    ]
    queries = [query(expression, table=True)]
    made = panel("table", title, told, queries, unit, [(None, GREEN)], width=12, height=8)
    return made | {"transformations": shown}


def panel(
    kind: str,
    title: str,
    told: str,
    queries: list[Panel],
    unit: str,
    colours: list[Any],
    *,
    width: int,
    height: int,
) -> Panel:
    steps = [{"value": value, "color": colour} for value, colour in colours]
    return {
        "type": kind,
        "title": title,
        "description": told,
        "datasource": SOURCE,
        "targets": [{**each, "refId": chr(ord("A") + number)} for number, each in enumerate(queries)],
        "fieldConfig": {
            "defaults": {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "gridPos": {"w": width, "h": height},
    }


COLLIDING = [
    stat(
        "Critical, open",
        "Findings of critical severity that nobody has taken care of.",
        'sum(max by (class, severity, status) (ipviz_findings{severity="critical", status="open"}))',
        BAD_ABOVE_0,
    ),
    stat(
        "Collisions, open",
        "Addresses that two hold, of any severity.",
        'sum(max by (class, severity, status) (ipviz_findings{class="collision", status="open"}))',
        BAD_ABOVE_0,
    ),
    stat(
        "Suspected",
        "Seen once; the second look decides.",
        'sum(max by (class, severity, status) (ipviz_findings{status="suspected"}))',
        [(None, GREEN), (1, AMBER)],
    ),
    stat(
        "Taken care of",
        "Acknowledged or silenced: still there.",
        'sum(max by (class, severity, status) (ipviz_findings{status=~"acknowledged|silenced"}))',
        [(None, GREEN)],
    ),
    graph(
        "Open findings by severity",
        "All classes.",
        [
            query(
                'sum by (severity) (max by (class, severity, status) (ipviz_findings{status="open"}))',
                "{{severity}}",
            )
        ],
    ),
    table(
        "Open findings by rule",
        "docs/rules.md says of each what it means and what to do.",
        f'max by (segment, rule, severity) (ipviz_rule_findings{{status="open", {SEGMENT}}})',
        "findings",
    ),
]
RUNNING_OUT = [
    table(
        "Pools with the least room",
        "The share of each pool that is left.",
        f"bottomk(10, max by ({POOL}) (ipviz_pool_free{{{SEGMENT}}})"
        f" / (max by ({POOL}) (ipviz_pool_size{{{SEGMENT}}}) > 0))",
        "left",
        "percentunit",
    ),
    table(
        "Claims that wait",
        "For an address of the pool.",
        f"max by ({POOL}) (ipviz_pool_pending_claims{{{SEGMENT}}}) > 0",
        "claims",
    ),
    graph(
        "Free addresses of the fullest pools",
        "What a line that falls steadily meets is the day on which it runs out.",
        [
            query(
                f"bottomk(5, max by ({POOL}) (ipviz_pool_free{{{SEGMENT}}}))",
                "{{pool}} of {{cluster}}",
            )
        ],
    ),
    graph(
        "Addresses in use without IPAM's knowledge",
        "By subnet: untracked ones are nodes, typed endpoints, and load balancers without a claim.",
        [
            query(
                f'topk(5, max by (segment, subnet) (ipviz_subnet_addresses{{state="untracked", {SEGMENT}}}))',
                "{{subnet}}",
            )
        ],
    ),
]
SEEING = [
    stat("Schedule", "1 while it runs.", "max(ipviz_schedule_up)", GOOD_AT_1),
    stat("Broker", "1 while it answers.", "max(ipviz_broker_up)", GOOD_AT_1),
    stat("Tasks that wait", "In the queue.", "max(ipviz_queue_tasks)", [(None, GREEN), (100, AMBER)]),
    stat(
        "Clusters that can't be read",
        "The last poll could read nothing of them.",
        f"count(max by (segment, cluster, kind) (ipviz_cluster_readable{{{SEGMENT}}}) == 0) or vector(0)",
        BAD_ABOVE_0,
    ),
    table(
        "Longest unread",
        "How old the oldest of what is known of a cluster is.",
        f"topk(10, max by (segment, cluster, kind) (ipviz_cluster_whole_age_seconds{{{SEGMENT}}}))",
        "age",
        "s",
    ),
    graph(
        "Polls of the last ten minutes by outcome",
        "Whole, in part, or not at all.",
        [query("max by (outcome) (ipviz_polls)", "{{outcome}}")],
    ),
    graph(
        "How long reading and judging take",
        "Reading: half and nearly all polls of the last ten minutes. Judging: the mean by segment.",
        [
            query(
                "histogram_quantile(0.5, max by (le) (ipviz_poll_duration_seconds_bucket))", "half the polls"
            ),
            query(
                "histogram_quantile(0.95, max by (le) (ipviz_poll_duration_seconds_bucket))", "95% of polls"
            ),
            query(
                f"max by (segment) (rate(ipviz_watch_duration_seconds_sum{{{SEGMENT}}}[10m])"
                f" / rate(ipviz_watch_duration_seconds_count{{{SEGMENT}}}[10m]))",
                "judging {{segment}}",
            ),
        ],
        "s",
    ),
    graph(
        "What waits to be judged",
        "The oldest request; each is answered within seconds where workers run.",
        [query("max(ipviz_judge_request_age_seconds)", "oldest request")],
        "s",
    ),
]
TOLD = [
    stat(
        "Oldest message that waits",
        "Mails and calls of hooks that are not sent yet.",
        "max(ipviz_delivery_pending_age_seconds)",
        LATE,
        "s",
    ),
    stat(
        "Addresses in trouble",
        "The last mail to them did not arrive.",
        "max(ipviz_subscriptions_in_trouble)",
        BAD_ABOVE_0,
    ),
    graph(
        "Messages by what became of them",
        "Of all kinds.",
        [query("sum by (status) (max by (kind, status) (ipviz_deliveries))", "{{status}}")],
    ),
    graph(
        "Why somebody was told",
        "In an hour.",
        [query("max by (reason) (increase(ipviz_alerts_total[1h]))", "{{reason}}")],
    ),
]
ROWS = {
    "Is anything about to collide?": COLLIDING,
    "What runs out next?": RUNNING_OUT,
    "Can we see?": SEEING,
    "Does word get through?": TOLD,
}


def laid_out() -> Iterator[Panel]:
    """The rows below each other, and in each the panels from left to right."""
    ids, y = count(1), 0
    for title, panels in ROWS.items():
        yield {
            "id": next(ids),
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
        }
        y, x, height = y + 1, 0, 0
        for each in panels:
            place = each["gridPos"]
            if x + place["w"] > WIDTH:
                x, y, height = 0, y + height, 0
            yield {"id": next(ids), **each, "gridPos": {"x": x, "y": y, **place}}
            x, height = x + place["w"], max(height, place["h"])
        y += height


def variable(name: str, kind: str, asked: str, **facts: Any) -> Panel:
    return {"name": name, "type": kind, "query": asked, "refresh": 1, **facts}


def dashboard() -> Panel:
    return {
        "uid": "ipviz",
        "title": "ipviz",
        "description": "Who uses which address, and whether we know. docs/operating.md explains each figure.",
        "tags": ["ipviz"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "utc",
        "annotations": {"list": []},
        "templating": {
            "list": [
                variable("datasource", "datasource", "prometheus", label="Data source"),
                variable(
                    "segment",
                    "query",
                    "label_values(ipviz_watch_age_seconds, segment)",
                    label="Segment",
                    datasource=SOURCE,
                    includeAll=True,
                    multi=True,
                    allValue=".*",
                    current={"text": "All", "value": "$__all"},
                ),
            ]
        },
        "panels": list(laid_out()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dashboard(), indent=2) + "\n")
