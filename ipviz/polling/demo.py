"""The demo fleet: there for who starts ipviz for the first time, gone with the first real cluster (ADR 9)."""

from django.conf import settings
from django.db import transaction

from ipviz.audit.record import made, removed
from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster, Segment, Subnet
from ipviz.clusters.registry import CLUSTER, segment_named
from ipviz.clusters.subnets import SUBNET, declare
from ipviz.findings.models import Finding

NETWORK = "10.10.222.0/24"
# Also how the demo's subnet is told from one that the operator declares anew.
NETWORK_NAME = "demo"


@transaction.atomic
def offer_demo() -> bool:
    """Register the demo where nothing was ever registered; say whether it is there.

    Not where findings are left of a cluster that was removed: the two would be mixed up.
    """
    dump = str(settings.DEMO_DIR)
    if Cluster.objects.filter(is_demo=True).exists():
        # The program may have been moved since.
        Cluster.objects.management().filter(is_demo=True).update(dump=dump)
        return True
    if Cluster.objects.exists() or Finding.objects.exists():
        return False
    segment = segment_named(DEFAULT_SEGMENT)
    if not Subnet.objects.on(segment.name).filter(cidr=NETWORK, declared=True).exists():
        declare(
            segment,
            NETWORK,
            name=NETWORK_NAME,
            gateway="10.10.222.1",
            dhcp=["10.10.222.20-10.10.222.150"],
        )
    demo = Cluster.objects.create(
        kind=Cluster.Kind.MANAGEMENT, path="gmc", name="gmc", segment=segment, dump=dump, is_demo=True
    )
    made(CLUSTER, demo)
    return True


@transaction.atomic
def retire_demo() -> bool:
    """Remove the demo with all that was seen and found in it; say whether it was there.

    Every finding of its segment is the demo's: there was none before it, and no other cluster since.
    """
    demo = Cluster.objects.filter(is_demo=True)
    segments = list(Segment.objects.filter(clusters__in=demo).distinct())
    if not segments:
        return False
    Finding.objects.filter(segment__in=segments).delete()
    for cluster in demo.management().whole():
        removed(CLUSTER, cluster)
    demo.delete()
    declared = Subnet.objects.whole().filter(segment__in=segments, cidr=NETWORK, name=NETWORK_NAME)
    for subnet in declared:
        removed(SUBNET, subnet)
    declared.delete()
    Subnet.objects.inferred().filter(segment__in=segments).delete()
    return True
