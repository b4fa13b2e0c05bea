"""A story of two clusters and one address, told by a clock that is moved by hand, to a real mailbox."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

from ipviz.alerts.deliver import deliver_due
from ipviz.alerts.digests import write_digests
from ipviz.alerts.gather import WAIT, gather
from ipviz.alerts.silencing import Matcher, end, silence
from ipviz.domain.lifecycle import acknowledged
from ipviz.domain.seen import Seen
from ipviz.findings.handle import handle
from ipviz.findings.models import Finding
from ipviz.polling.watch import watch
from tests.alerts.stories import ANNA, POLICY
from tests.builders import seen_config_map, seen_provider, seen_service
from tests.factories import WORKLOAD_KINDS, management_cluster, see, segment, workload_cluster
from tests.postbox import Postbox

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NAMES = ("blue", "green", "violet", "red")
READ_TAKES = timedelta(seconds=1)


class Timeline:
    """`sees` has clusters read and judged; `mails` and `stays_quiet` say what Anna got since, each mail."""

    def __init__(self, postbox: Postbox) -> None:
        self.postbox, self.policy = postbox, replace(POLICY, recipients=(ANNA,))
        self.gmc = management_cluster()
        self.clusters = {name: workload_cluster(self.gmc, name) for name in NAMES}
        self.addresses: dict[str, Sequence[str]] = {}
        self.ranges: dict[str, str] = {}
        self.unread: set[str] = set()
        self.now = MONDAY
        self.read = 0

    def at(self, clock: str, day: int = 0) -> Self:
        hour, minute = clock.split(":")
        self.now = MONDAY + day * DAY + timedelta(hours=int(hour), minutes=int(minute))
        return self

    def sees(self, **addresses: str | None) -> Self:
        """Which address a Service of each cluster has from now on; all are read."""
        return self.serve(**{name: [address] if address else [] for name, address in addresses.items()})

    def serve(self, **addresses: Sequence[str]) -> Self:
        """The same for many Services of a cluster."""
        self.addresses |= addresses
        self.unread -= set(addresses)
        return self.looks()

    def hazard(self, address: str | None = "192.0.2.200") -> Self:
        """Something that can wait: a Service with an address of a range that another cluster hands out."""
        self.ranges = {"violet": address} if address else {}
        return self.serve(red=[address] if address else [])

    def cannot_read(self, name: str) -> Self:
        self.unread.add(name)
        return self.looks()

    def looks(self) -> Self:
        """Nothing changed: all that can be read is read again."""
        see(self.gmc, at=self.now)
        for name, cluster in self.clusters.items():
            unread = WORKLOAD_KINDS if name in self.unread else ()
            see(cluster, *self._objects(name), at=self.now, unread=unread)
        return self.judged()

    def judged(self) -> Self:
        watch(segment(), policy=self.policy, at=self.now + READ_TAKES)
        self.sent(self.now + READ_TAKES + WAIT)
        return self

    def sent(self, at: datetime) -> None:
        gather(at, policy=self.policy)
        write_digests(at, policy=self.policy)
        deliver_due(at, policy=self.policy, connect=self.postbox.connect, jitter=lambda: 0.0)

    def acknowledged(self, *, days: int = 3) -> Self:
        until = self.now + days * DAY
        decision = partial(acknowledged, reason="on it", until=until, at=self.now)
        handle(self.finding, decision, by="anna", at=self.now, until=until)
        return self

    def silenced(self, *, hours: int, cluster: str = "green") -> Self:
        until = self.now + timedelta(hours=hours)
        matcher = Matcher(clusters=[cluster])
        self.silence = silence(
            matcher, starts_at=self.now, ends_at=until, reason="upgrade", by="anna", at=self.now
        )
        return self

    def silence_ended(self) -> Self:
        end(self.silence, by="anna", at=self.now)
        return self

    def mails(self, *firsts: str) -> Self:
        """Each mail since the last look, by its first line."""
        new = self.postbox.mails()[self.read :]
        self.read += len(new)
        told = [mail.get_body(("plain",)).get_content().splitlines()[0] for mail in new]  # type: ignore[union-attr]
        assert told == list(firsts), f"at {self.now}"
        return self

    def stays_quiet(self) -> Self:
        return self.mails()

    @property
    def finding(self) -> Finding:
        return Finding.objects.get(rule="C4")

    def _objects(self, cluster: str) -> list[Seen]:
        services = [
            seen_service(f"of-{cluster}" if n == 0 else f"of-{cluster}-{n}", annotation=each, status=[each])
            for n, each in enumerate(self.addresses.get(cluster, ()))
        ]
        if cidr := self.ranges.get(cluster):
            return [*services, seen_provider(), seen_config_map(data={"cidr-global": f"{cidr}/32"})]
        return [*services]
