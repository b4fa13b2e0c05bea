"""What showing a large subnet costs: 20,000 addresses in a /16, as it is known now.

The addresses of a hundred clusters lie scattered; one in a hundred of those that IPAM does not know is held
by two. Asked as a browser does, signed in and with all that every page carries; then in a real browser that
has nothing cached, from two web processes.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from benchmarks.parsing import seconds
from benchmarks.watching import NINE, POOL, store_seen
from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.subnets import declare
from ipviz.domain.seen import (
    Ingress,
    Port,
    Ref,
    Seen,
    SeenAddress,
    SeenClaim,
    SeenNode,
    SeenPool,
    SeenService,
)
from ipviz.domain.spans import address_text
from ipviz.polling.watch import watch
from tests.envtest import free_port
from tests.needs import chromium, missing

NETWORK = 10 << 24 | 20 << 16
CLUSTERS = 100
CLAIMED, MATCHED, UNTRACKED, NODES = 80, 40, 40, 80
"""A cluster's addresses: those of the second kind are among the first."""
POOLED = 1 << 14
"""So many addresses from the beginning are the pool's."""
COLLIDING = 100
ROUNDS = 7
MOST_MILLISECONDS, MOST_QUERIES, MOST_BYTES = 50, 12, 150_000
PAGE = "/subnets/10.20.0.0-16/"
DRAWN = (("/subnets/10.20.0.0-24/", 1.0), (PAGE, 2.0), ("/subnets/10.0.0.0-8/", 2.0))
"""Seconds from navigation to the drawn map, at the most."""


@dataclass(frozen=True, slots=True)
class Cost:
    milliseconds: float
    queries: int
    bytes: int


def main() -> bool:
    """Print what the page and its data cost; say whether all goals are met."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    segment, _ = Segment.objects.get_or_create(name="default")
    declare(segment, "10.20.0.0/16", gateway="10.20.255.254")
    declare(segment, "10.0.0.0/8")
    fill(segment)
    client = Client(headers={"accept-encoding": "gzip"})
    viewer = User.objects.create_user("viewer")
    give_role(viewer, Role.VIEWER)
    client.force_login(viewer)
    policy = Policy("https://ipviz.example.org", "ipviz@example.org", mail_is_configured=False)
    judging, _ = seconds(lambda: watch(segment, policy=policy, at=NINE))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as the database itself does it soon after
    print(f"showing 20,000 addresses in a /16 on {connection.vendor}, judged in {judging:.1f} s:", flush=True)
    is_met = [_measure(client, "page", PAGE), _measure(client, "data of the map", f"{PAGE}map/")]
    return all([*is_met, *_in_a_browser(client)])


def _in_a_browser(client: Client) -> list[bool]:
    found = chromium()
    if found is None:
        print(f"  not drawn: {missing('chromium')}")
        return [False]
    port = free_port()
    web = [sys.executable, "-m", "gunicorn", "ipviz.wsgi", f"--bind=127.0.0.1:{port}", "--workers=2"]
    server = subprocess.Popen([*web, "--log-level=error"])
    try:
        return list(_drawn(found, f"http://127.0.0.1:{port}", client.cookies["sessionid"].value))
    finally:
        server.terminate()
        server.wait()


def _drawn(program: Path, url: str, session: str) -> Iterator[bool]:
    """How long it takes from navigation to the drawn map, by the browser's own clock; the best of some."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for path, most in DRAWN:
            times = []
            for _ in range(3):
                context = browser.new_context()
                context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
                page = context.new_page()
                _open(page, url + path)
                page.wait_for_selector("[data-map][data-drawn=true]")
                times.append(page.evaluate("performance.getEntriesByName('map-drawn')[0].startTime") / 1000)
                context.close()
            is_met = min(times) <= most
            needs = "" if is_met else f" - needs {most:g} s"
            print(f"  drawn in a browser, cold, {path}: {min(times):.2f} s{needs}", flush=True)
            yield is_met
        browser.close()


def _open(page: Page, url: str) -> None:
    """Once the server is up."""
    for _ in range(100):
        try:
            page.goto(url)
            return
        except PlaywrightError:
            page.wait_for_timeout(100)
    page.goto(url)


def _measure(client: Client, what: str, url: str) -> bool:
    costs = [_ask(client, url) for _ in range(ROUNDS)]
    least = Cost(*(min(getattr(each, name) for each in costs) for name in Cost.__slots__))
    is_met = least.milliseconds <= MOST_MILLISECONDS and (
        what == "page" or (least.bytes <= MOST_BYTES and least.queries <= MOST_QUERIES)
    )
    needs = f" - needs {MOST_MILLISECONDS} ms, and its data {MOST_QUERIES} queries"
    print(
        f"  {what}: {least.milliseconds:.0f} ms, {least.queries} queries,"
        f" {least.bytes / 1000:.0f} kB compressed{'' if is_met else needs}",
        flush=True,
    )
    return is_met


def _ask(client: Client, url: str) -> Cost:
    queries: list[str] = []

    def count(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        queries.append(sql)
        return execute(sql, params, many, context)  # type: ignore[operator]

    begun = time.perf_counter()
    with connection.execute_wrapper(count):
        reply = client.get(url)
        length = len(reply.content)
    milliseconds = 1000 * (time.perf_counter() - begun)
    assert reply.status_code == 200, reply
    return Cost(milliseconds, len(queries), length)


def fill(segment: Segment, name: str = "mc", network: int = NETWORK) -> None:
    """Store a management cluster with a pool in a /16, and its workload clusters, as polls see them."""
    lot = random.Random(7)
    pooled = iter(lot.sample(range(1, POOLED), CLUSTERS * CLAIMED))
    others = lot.sample(range(POOLED, (1 << 16) - 2), CLUSTERS * (UNTRACKED + NODES) + COLLIDING)
    contested, others = others[:COLLIDING], others[COLLIDING:]
    rest = iter(others)
    management = Cluster.objects.create(
        kind="management", path=name, name=name, segment=segment, dump="/nowhere"
    )
    claimed = {number: [next(pooled) for _ in range(CLAIMED)] for number in range(CLUSTERS)}
    store_seen(management, _managed(claimed, network), NINE)
    for number in range(CLUSTERS):
        cluster = Cluster.objects.create(
            kind="workload",
            path=f"{name}/org/c{number}",
            name=f"c{number}",
            namespace="org",
            segment=segment,
            management_cluster=management,
        )
        served = [*claimed[number][:MATCHED], *(next(rest) for _ in range(UNTRACKED))]
        nodes = [next(rest) for _ in range(NODES)]
        # Each contested address is served here and in the next cluster.
        served += [contested[number], contested[number - 1]]
        seen = _services(number, served, network), _nodes(number, nodes, network)
        store_seen(cluster, chain(*seen), NINE)


def _managed(claimed: dict[int, list[int]], network: int) -> Iterator[Seen]:
    first, last = address_text(4, network + 1), address_text(4, network + POOLED - 1)
    yield SeenPool(Ref("GlobalInClusterIPPool", "", "pool", "pool"), (f"{first}-{last}",), 16)
    for number, addresses in claimed.items():
        for n, address in enumerate(addresses):
            claim, name = f"c{number}-svc-lb-{n}", f"c{number}"
            yield SeenClaim(Ref("IPAddressClaim", "org", claim, f"c-{claim}"), POOL, name, name, "", claim)
            ref = Ref("IPAddress", "org", claim, f"a-{claim}")
            yield SeenAddress(ref, address_text(4, network + address), 16, POOL, claim, name)


def _services(number: int, addresses: Iterable[int], network: int) -> Iterator[Seen]:
    for n, address in enumerate(addresses):
        where = address_text(4, network + address)
        ref = Ref("Service", f"shop-{n % 7}", f"storefront-{n}", f"s{number}-{n}")
        yield SeenService(ref, where, where, (Ingress(where, "VIP"),), (Port("TCP", 443),), labelled=True)


def _nodes(number: int, addresses: Iterable[int], network: int) -> Iterator[Seen]:
    for n, address in enumerate(addresses):
        name = f"c{number}-worker-{n}"
        yield SeenNode(Ref("Node", "", name, name), name, (address_text(4, network + address),))
