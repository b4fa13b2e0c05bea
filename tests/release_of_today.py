"""What a released database has in it: a fleet polled twice, and one of everything that people enter."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.people import add_person
from ipviz.accounts.secrets import digest_of
from ipviz.accounts.tokens import create_token
from ipviz.alerts.models import Subscription
from ipviz.alerts.silencing import Matcher, silence
from ipviz.alerts.subscriptions import confirm, subscribe
from ipviz.backup.lines import end_line
from ipviz.clusters.registry import Where, propose, register, segment_named
from ipviz.clusters.subnets import declare, plan
from ipviz.domain.lifecycle import acknowledged
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import parse_range
from ipviz.findings.handle import handle
from ipviz.findings.models import Finding
from tests.releases import FOLDER, NINE, PASSWORD, TEN, TOKEN, digest, write_dump

DAY = timedelta(days=1)
GOES = "nginx-ingress-controller"
"""The Service of beta's that is gone at ten."""
OF_DJANGO = ["contenttypes", "auth.permission", "sessions"]


def write(folder: Path, data: Path) -> None:
    call_command("migrate", verbosity=0)
    dump = data / "dump"
    # So that at ten, an hour has passed also since the last cluster was read.
    with time_machine.travel(NINE - timedelta(seconds=1), tick=False):
        _enter(dump)
        write_dump(dump)
        _poll()
    with time_machine.travel(TEN, tick=False):
        write_dump(dump, without=GOES)
        _poll()
        _decide()
    rows, backup = folder / "rows.jsonl", folder / "backup.jsonl"
    call_command("dumpdata", format="jsonl", exclude=OF_DJANGO, output=str(rows), verbosity=0)
    with time_machine.travel(TEN, tick=False):
        call_command("backup", str(backup))
    for path in (rows, backup):
        path.write_text(path.read_text().replace(str(dump), FOLDER))
    backup.write_text(signed(backup.read_text()))
    backup.chmod(0o644)  # nothing in it is anybody's
    (folder / "migrations.json").write_text(json.dumps(_migrations(), indent=1) + "\n")


def signed(backup: str) -> str:
    """The file with a digest of the rows as they are now."""
    lines = backup.splitlines(keepends=True)
    rows = "".join(lines[1:-1]).encode()
    return "".join(lines[:-1]) + end_line(len(lines) - 2, sha256(rows).hexdigest()) + "\n"


def _enter(dump: Path) -> None:
    segment_named("site-b")
    segment = segment_named("default")
    network = declare(
        segment, "10.10.222.0/24", name="office", gateway="10.10.222.1", dhcp=["10.10.222.20-10.10.222.150"]
    )
    plan(
        network,
        [Part(Use.CONTROL_PLANES, parse_range("10.10.222.232-10.10.222.239"), "wc-cp-ips")],
        {"clusters": 3},
    )
    register(propose("gmc", Where(dump=str(dump))))
    anna = add_person("anna", Role.OPERATOR)
    anna.set_password(PASSWORD)
    anna.save()
    create_token("pipeline", Role.VIEWER, NINE)
    ApiToken.objects.update(digest=digest_of(TOKEN))
    confirm(subscribe(Subscription(address="anna@example.org", lowest="medium"), at=NINE), at=NINE)
    matcher = Matcher(rules=["H13"])
    silence(matcher, starts_at=NINE, ends_at=NINE + 90 * DAY, reason="they move", by="anna", at=NINE)


def _poll() -> None:
    """A round; what has no dump is not read, and says so."""
    try:
        call_command("poll")
    except SystemExit:
        return


def _decide() -> None:
    """Somebody takes care of the first grave finding that stands."""
    finding = Finding.objects.filter(status="open", finding_class="collision").earliest("pk")
    until = TEN + 3 * DAY
    handle(
        finding,
        lambda status: acknowledged(status, "on it", until, at=TEN),
        by=User.objects.get().username,
        at=TEN,
        until=until,
    )


def _migrations() -> dict[str, object]:
    """The last of each app, and the digests of our own."""
    loader = MigrationLoader(connection)
    last = dict(sorted(loader.graph.leaf_nodes()))
    ours = {
        str(path.relative_to(Path(config.path).parent)): digest(path)
        for config in apps.get_app_configs()
        if config.name.startswith("ipviz.")
        for path in sorted((Path(config.path) / "migrations").glob("0*.py"))
    }
    return {"last": last, "digests": ours}
