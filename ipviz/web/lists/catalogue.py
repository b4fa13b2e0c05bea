"""The lists: of what was seen, and of what is made of it."""

from collections.abc import Mapping

from django.urls import reverse

from ipviz.clusters.filtersets import SubnetFilterSet
from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster, Subnet
from ipviz.domain.pools import POOL_KINDS
from ipviz.domain.words import ROLES_IN_WORDS
from ipviz.findings.models import Finding
from ipviz.inventory.filtersets import (
    ChangeFilterSet,
    ClaimFilterSet,
    InhabitantFilterSet,
    OccupancyFilterSet,
    VersionFilterSet,
)
from ipviz.inventory.models import Change, Occupancy, Version
from ipviz.inventory.querysets import OccupancyQuerySet
from ipviz.rows.addresses import AddressTeller
from ipviz.rows.changes import change_rows
from ipviz.rows.claims import claim_rows
from ipviz.rows.clusters import cluster_rows
from ipviz.rows.findings import finding_rows
from ipviz.rows.pools import pool_rows
from ipviz.rows.row import Row
from ipviz.rows.services import service_rows
from ipviz.rows.subnets import subnet_rows
from ipviz.web.lists.listing import Cell, Column, Listing, moment, number, plain, telling
from ipviz.web.lists.standing import StandingFilterSet


def _address(key: str) -> Column:
    return Column("Address", lambda row: _linked(row, row[key] or ""))


def _linked(row: Row, address: str) -> Cell:
    """An address, or a prefix as which a pool handed one out, with the page of the address."""
    if not address:
        return Cell()
    url = reverse("web:address", args=[address.partition("/")[0]])
    segment = row["segment"]
    return Cell(address, url if segment == DEFAULT_SEGMENT else f"{url}?segment={segment}", "address")


def _object(row: Row) -> Cell:
    name = f"{row['namespace']}/{row['name']}" if row["namespace"] else row["name"]
    return Cell(name, css="name")


def _subnet(row: Row) -> Cell:
    url = reverse("web:subnet", args=[row["cidr"].replace("/", "-")])
    return Cell(row["cidr"], url, "address")


CLUSTER = Column(
    "Cluster", lambda row: Cell(row["cluster"], reverse("web:cluster", args=[row["cluster_path"]]), "name")
)
NAME = Column("Name", _object)
STALE = Column("Readable", lambda row: Cell("no: as last seen" if row["stale"] else "yes"))
SINCE = moment("Since", "first_seen")

ADDRESSES = Listing(
    "addresses",
    "address,addresses",
    "Every address in use: one line for each object that states it.",
    Occupancy.objects.addresses,
    OccupancyFilterSet,
    AddressTeller,
    (
        _address("address"),
        Column("As", lambda row: Cell(ROLES_IN_WORDS.get(row["role"], row["role"]))),
        Column("IPAM", lambda row: Cell("tracked" if row["tracked"] else "untracked")),
        CLUSTER,
        plain("Kind", "kind"),
        NAME,
        plain("Subnet", "subnet", css="address"),
        SINCE,
        STALE,
    ),
    OccupancyQuerySet.plain,
)
POOLS = Listing(
    "pools",
    "pool",
    "What each pool can hand out, how full it is, and what it hands out next.",
    lambda: Version.objects.of_kind(*POOL_KINDS).whole().in_order(),
    VersionFilterSet,
    telling(pool_rows),
    (
        NAME,
        plain("Kind", "kind"),
        CLUSTER,
        plain("Ranges", "ranges", css="address"),
        number("Total", "total"),
        number("Used", "used"),
        number("Free", "free"),
        number("Out of range", "out_of_range"),
        Column("Next", lambda row: _linked(row, row["next_address"] or "")),
        STALE,
    ),
)
CLAIMS = Listing(
    "claims",
    "claim",
    "Every claim with the address that it was given, or why it waits for one.",
    lambda: Version.objects.of_kind("IPAddressClaim").whole().in_order(),
    ClaimFilterSet,
    telling(claim_rows),
    (
        NAME,
        CLUSTER,
        plain("Pool", "pool"),
        _address("address"),
        moment("Waits since", "pending_since"),
        plain("Why", "reason", css=""),
        SINCE,
        STALE,
    ),
)
SERVICES = Listing(
    "services",
    "Service",
    "Every Service of type LoadBalancer: what it wants, what it has, and who answers for it.",
    lambda: Version.objects.load_balancers().whole().in_order(),
    VersionFilterSet,
    telling(service_rows),
    (
        NAME,
        CLUSTER,
        plain("Wants", "desired", css="address"),
        plain("Advertises", "advertised", css="address"),
        plain("Ports", "ports"),
        plain("Answered by", "holder"),
        SINCE,
        STALE,
    ),
)
FINDINGS = Listing(
    "findings",
    "finding",
    "What is or was wrong, the worst first.",
    lambda: Finding.objects.whole(),
    StandingFilterSet,
    telling(finding_rows),
    (
        number("Id", "id"),
        plain("Severity", "severity"),
        plain("Status", "status"),
        plain("Rule", "rule"),
        plain("Title", "title"),
        plain("First address", "first_address"),
        plain("Last address", "last_address"),
        plain("Segment", "segment"),
        SINCE,
        moment("Last seen", "last_seen"),
        moment("Resolved", "resolved_at"),
    ),
)
CHANGES = Listing(
    "changes",
    "change",
    "What happened, the latest first.",
    lambda: Change.objects.whole(),
    ChangeFilterSet,
    telling(change_rows),
    (
        moment("When", "at"),
        plain("What", "what"),
        plain("Cluster", "cluster_path"),
        plain("Kind", "kind"),
        NAME,
        Column("Differences", lambda row: Cell(_differences(row))),
        plain("Reason", "reason"),
    ),
)
SUBNETS = Listing(
    "subnets",
    "subnet",
    "How full each subnet is.",
    lambda: Subnet.objects.whole(),
    SubnetFilterSet,
    telling(subnet_rows),
    (
        Column("Subnet", _subnet),
        plain("Name", "name"),
        plain("Segment", "segment"),
        plain("Declared", "declared"),
        plain("Gateway", "gateway"),
        *(number(key.capitalize(), key) for key in ("size", "tracked", "untracked", "reserved", "free")),
        number("Findings", "findings"),
    ),
)
CLUSTERS = Listing(
    "clusters",
    "cluster",
    "Every cluster, and how well it is seen.",
    lambda: Cluster.objects.whole(),
    InhabitantFilterSet,
    telling(cluster_rows),
    (
        plain("Cluster", "path"),
        plain("Kind", "kind"),
        plain("Segment", "segment"),
        plain("Reachable", "reachable"),
        Column("Last poll", lambda row: Cell(when=(row["last_snapshot"] or {}).get("taken_at"))),
        Column("Outcome", lambda row: Cell((row["last_snapshot"] or {}).get("outcome", ""))),
        Column("Error", lambda row: Cell((row["last_snapshot"] or {}).get("error", ""))),
    ),
)


def _differences(row: Row) -> str:
    return "; ".join(f"{each['field']}: {each['before']} → {each['after']}" for each in row["differences"])


LISTINGS: Mapping[str, Listing] = {
    each.name: each for each in (ADDRESSES, POOLS, CLAIMS, SERVICES, FINDINGS, CHANGES, SUBNETS, CLUSTERS)
}
SHOWN = (ADDRESSES, POOLS, CLAIMS, SERVICES)
"""Those that have no page of another shape."""
