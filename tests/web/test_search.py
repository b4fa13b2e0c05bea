"""Search from anywhere: what is found, and where it leads."""

import pytest
from django.test import Client

from ipviz.clusters.subnets import declare
from tests.builders import seen_service, seen_vm
from tests.factories import management_cluster, minutes, see, segment
from tests.web.conftest import MANAGEMENT, Estate, PageText

MAC = "00:50:56:9a:00:1f"


@pytest.mark.parametrize("typed", [MAC, "00-50-56-9A-00-1F", "0050.569a.001f"])
def test_a_machine_is_found_by_its_hardware_address(typed: str, read: PageText, estate: Estate) -> None:
    see(estate.gmc, *MANAGEMENT, seen_vm("beta-worker-7", "192.0.2.77", macs=(MAC,)), at=minutes(9.9))
    html = read(f"/search/?q={typed}")
    assert "org-acme/beta-worker-7" in html
    assert "192.0.2.77" in html


def test_one_that_no_machine_has_is_told(read: PageText, estate: Estate) -> None:
    assert f"No machine that we see now has a card with {MAC}" in read(f"/search/?q={MAC}")


def test_who_is_in_a_range_is_listed_in_order(read: PageText, estate: Estate) -> None:
    html = read("/search/?q=192.0.2.21-192.0.2.41")
    places = [html.index(f"Node {name}-0") for name in ("alpha", "beta", "gamma")]
    assert places == sorted(places)
    assert "192.0.2.236" not in html
    assert "Nobody that we can see uses an address of 192.0.2.100-192.0.2.110" in read(
        "/search/?q=192.0.2.100-192.0.2.110"
    )


def test_an_address_leads_to_the_segment_that_knows_it(page: Client, estate: Estate) -> None:
    site_b = management_cluster("hmc", on="site-b")
    see(site_b, seen_service("web", annotation="198.51.100.7"), at=minutes(9.9))
    answer = page.get("/search/?q=198.51.100.7")
    assert answer["Location"] == "/addresses/198.51.100.7/?segment=site-b"


@pytest.mark.parametrize("typed", ["192.0.2.236", "192.0.2.0/24"])
def test_where_several_segments_know_it_one_chooses(typed: str, read: PageText, estate: Estate) -> None:
    declare(segment("site-b"), "192.0.2.0/24")
    html = read(f"/search/?q={typed}")
    assert "Several segments know it" in html
    assert "?segment=site-b" in html
