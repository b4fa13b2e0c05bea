"""What a plan finds in a subnet."""

import pytest

from ipviz.clusters.subnets import declare
from ipviz.domain.plans import Part, Use
from ipviz.planning.ground import Standing, standing_in
from tests.builders import seen_cluster, span
from tests.factories import management_cluster, minutes, see, segment, workload_cluster

pytestmark = pytest.mark.django_db


def standing() -> Standing:
    subnet = declare(segment(), "192.0.2.0/24", gateway="192.0.2.1")
    return standing_in(subnet, minutes(0))


def test_a_management_cluster_that_lists_itself_is_no_workload_cluster() -> None:
    gmc = management_cluster()
    itself = workload_cluster(gmc, "gmc", "org-giantswarm")
    itself.same_as = gmc
    itself.save()
    see(
        gmc,
        seen_cluster("gmc", "192.0.2.10", namespace="org-giantswarm"),
        seen_cluster("beta", "192.0.2.232"),
    )
    found = standing()
    assert found.ground.kept == (Part(Use.API, span("192.0.2.10"), "gmc"),)
    assert found.clusters == ("gmc/org-acme/beta",)
    assert found.first_needs.clusters == 1


def test_of_several_management_clusters_none_is_the_one_that_is_meant() -> None:
    for name, address in (("gmc", "192.0.2.10"), ("hmc", "192.0.2.11")):
        see(management_cluster(name), seen_cluster("beta", address))
    found = standing()
    assert (found.management, found.ground.kept) == ("", ())
