"""The pages of segments and subnets: the writers are those of the commands."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ipviz.clusters.models import Cluster, JudgeRequest, Segment, Subnet
from ipviz.clusters.subnets import declare
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.builders import seen_pool
from tests.factories import management_cluster, minutes, see, segment, workload_cluster
from tests.web.conftest import MAP, Estate, PageText, text_of

pytestmark = pytest.mark.django_db
SEGMENTS, SUBNETS = "/settings/segments/", "/settings/subnets/"
MOVE = reverse("web:settings-move")
SUBNET = {"cidr": "198.51.100.0/24", "segment": "default"}


def told(client: Client, url: str, **typed: Any) -> str:
    """What a page says after something was posted that is done."""
    answer = client.post(url, typed, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    return answer.content.decode()


def refused(client: Client, url: str, **typed: Any) -> str:
    answer = client.post(url, typed)
    assert answer.status_code == 400
    return answer.content.decode().replace("&#x27;", "'")


@pytest.fixture
def inferred(estate: Estate) -> Subnet:
    pool = seen_pool("198.51.100.8-198.51.100.15", gateway="198.51.100.1")
    see(estate.gmc, pool, at=minutes(9.9))
    watch(segment(), policy=policy(), at=minutes(9.95))
    return Subnet.objects.inferred().get()


def test_with_nothing_there_the_pages_say_so(page: Client) -> None:
    assert "No segment is registered yet" in text_of(page, SEGMENTS)
    assert "No subnet is known yet" in text_of(page, SUBNETS)


def test_a_segment_is_registered_listed_and_removed(operator: Client) -> None:
    assert "Segment site-b is registered." in told(operator, SEGMENTS, name="site-b")
    remove = reverse("web:settings-remove-segment", args=["site-b"])
    assert remove in text_of(operator, SEGMENTS)
    assert "Segment site-b is removed." in told(operator, remove)
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [("default", "is registered already"), ("a/b", "is not a name"), ("", "required"), ("x" * 64, "63")],
)
def test_a_wrong_name_is_said_beside_it(operator: Client, estate: Estate, name: str, why: str) -> None:
    html = refused(operator, SEGMENTS, name=name)
    assert why in html
    assert 'aria-invalid="true"' in html
    assert Segment.objects.count() == 1


def test_a_segment_says_what_is_on_it_and_which_networks_are_named(page: Client, estate: Estate) -> None:
    Cluster.objects.update(vcenter="vc-a.example.com", port_groups=["prod"])
    Cluster.objects.filter(name="gamma").update(port_groups=["lab"])
    html = text_of(page, SEGMENTS)
    assert "port group prod of vCenter vc-a.example.com" in html
    assert "2 networks on one segment" in html
    assert "192.0.2.0/24" in html
    assert '<td class="number roomy">3</td>' in html


def test_one_with_something_on_it_stays_and_it_is_said_why(operator: Client, estate: Estate) -> None:
    remove = reverse("web:settings-remove-segment", args=["default"])
    assert remove not in text_of(operator, SEGMENTS)
    assert "segment default has clusters on it: gmc" in refused(operator, remove)


def test_a_management_cluster_moves_with_its_workload_clusters(operator: Client, estate: Estate) -> None:
    assert MOVE not in text_of(operator, SEGMENTS), "there is nowhere to move"
    segment("site-b")
    assert MOVE in text_of(operator, SEGMENTS)
    html = told(operator, MOVE, cluster="gmc", segment="site-b")
    assert "gmc and its workload clusters are on segment site-b now, not on default." in html
    assert set(Cluster.objects.values_list("segment__name", flat=True)) == {"site-b"}
    assert JudgeRequest.objects.count() == 2
    assert "gmc is on segment site-b already" in refused(operator, MOVE, cluster="gmc", segment="site-b")
    assert "nobody is not one of" in refused(operator, MOVE, cluster="nobody", segment="default")


def test_a_subnet_is_declared_and_its_segment_judged_anew(operator: Client, estate: Estate) -> None:
    dhcp = "198.51.100.200-198.51.100.220, 198.51.100.20-198.51.100.90"
    html = told(operator, SUBNETS, **SUBNET, name="lab", gateway="198.51.100.1", dhcp=dhcp)
    assert "198.51.100.0/24 is declared on segment default: gateway 198.51.100.1, DHCP" in html
    made = Subnet.objects.get(cidr="198.51.100.0/24")
    assert (made.name, made.dhcp[0]) == ("lab", "198.51.100.20-198.51.100.90")
    assert JudgeRequest.objects.count() == 1


def test_what_it_overlaps_and_that_nobody_is_there_is_said(operator: Client, estate: Estate) -> None:
    told(operator, SEGMENTS, name="site-b")
    told(operator, SUBNETS, cidr="198.51.100.0/24", segment="site-b")
    html = told(operator, SUBNETS, cidr="198.51.100.128/25", segment="site-b")
    assert "It overlaps 198.51.100.0/24, which is declared on site-b too." in html
    assert "No cluster is on segment site-b yet." in html


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({"cidr": "198.51.100"}, "cidr", "'198.51.100' is not a CIDR"),
        ({"cidr": "192.0.2.7/24"}, "cidr", "192.0.2.0/24 is declared already"),
        ({"gateway": "198.51.101.1"}, "gateway", "is not in 198.51.100.0/24"),
        ({"gateway": "198.51.100.255"}, "gateway", "is the network or broadcast address"),
        ({"dhcp": "198.51.100.20"}, "dhcp", "198.51.100.20"),
        ({"dhcp": "192.0.2.20-192.0.2.30"}, "dhcp", "is not in 198.51.100.0/24"),
        (
            {"dhcp": "198.51.100.20-198.51.100.90, 198.51.100.90-198.51.100.99"},
            "dhcp",
            "overlap",
        ),
        ({"segment": "nowhere"}, "segment", "nowhere is not one of"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    operator: Client, estate: Estate, typed: dict[str, str], field: str, why: str
) -> None:
    html = refused(operator, SUBNETS, **{**SUBNET, "name": "typed-by-me", **typed})
    said = html.split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert why in said
    assert "typed-by-me" in html
    assert Subnet.objects.count() == 1


def test_a_declared_one_is_changed_and_taken_back(operator: Client, estate: Estate) -> None:
    url = reverse("web:settings-subnet", args=[estate.subnet.pk])
    assert 'value="192.0.2.20-192.0.2.150"' in text_of(operator, url)
    assert "is not in 192.0.2.0/24" in refused(operator, url, gateway="198.51.100.1")
    told(operator, url, name="prod-b", gateway="192.0.2.254", dhcp="")
    changed = Subnet.objects.get()
    assert (changed.pk, changed.name, changed.gateway, changed.dhcp) == (
        estate.subnet.pk,
        "prod-b",
        "192.0.2.254",
        [],
    )
    html = told(operator, reverse("web:settings-remove-subnet", args=[changed.pk]))
    assert "192.0.2.0/24 is no longer declared on segment default." in html
    assert not Subnet.objects.exists()
    assert JudgeRequest.objects.count() == 2


def test_an_inferred_one_names_its_pool_and_can_be_declared(operator: Client, inferred: Subnet) -> None:
    html = text_of(operator, SUBNETS)
    assert "wc-cp-ips of gmc" in html
    link = f"/settings/subnets/?cidr={inferred.cidr}"
    assert f'href="{link}#declare"' in html
    html = text_of(operator, link)
    assert f'value="{inferred.cidr}"' in html
    assert 'value="198.51.100.1"' in html, "the gateway that its pool names"
    assert 'value="198.51.100.9"' in text_of(operator, f"{link}&gateway=198.51.100.9")
    assert operator.get(reverse("web:settings-subnet", args=[inferred.pk])).status_code == 404
    told(operator, SUBNETS, cidr=inferred.cidr, segment="default")
    assert [each.declared for each in Subnet.objects.filter(cidr=inferred.cidr)] == [True]


def test_a_link_fills_the_form_in_or_leads_to_what_is_declared(operator: Client, estate: Estate) -> None:
    segment("site-b")
    html = text_of(
        operator, f"{SUBNETS}?cidr=198.51.100.0/24&segment=site-b&dhcp=198.51.100.20-198.51.100.30"
    )
    assert 'value="198.51.100.0/24"' in html
    assert '<option value="site-b" selected>' in html
    assert 'value="198.51.100.20-198.51.100.30"' in html
    assert operator.get(f"{SUBNETS}?cidr=192.0.2.0/24")["Location"] == reverse(
        "web:settings-subnet", args=[estate.subnet.pk]
    )
    assert 'value="192.0.2.0/24"' in text_of(operator, f"{SUBNETS}?cidr=192.0.2.0/24&segment=site-b")
    assert "&lt;b&gt;" in text_of(operator, f"{SUBNETS}?cidr=<b>")


def test_who_looks_for_what_is_in_no_subnet_is_offered_to_declare_one(read: PageText, estate: Estate) -> None:
    link = "/settings/subnets/?cidr=203.0.113.0/24#declare"
    assert link in read("/addresses/203.0.113.7/")
    assert link in read("/subnets/203.0.113.0-24/", status=404)
    assert link in read("/search/?q=203.0.113.0/24")
    assert "/settings/subnets/?cidr=2001:db8::/64#declare" in read("/addresses/2001:db8::7/")
    assert "cidr=203.0.113.0/24&amp;segment=site-b" in read(
        "/subnets/203.0.113.0-24/?segment=site-b", status=404
    )
    assert "settings/subnets" not in read(MAP).split("<main")[1]


def test_viewers_look_and_do_not_touch(page: Client, estate: Estate) -> None:
    segment("site-b")
    change = reverse("web:settings-subnet", args=[estate.subnet.pk])
    for url in (SEGMENTS, SUBNETS, change):
        assert "<form" not in text_of(page, url).split("<main")[1]
        assert page.post(url, {"name": "site-c", **SUBNET}).status_code == 403
    remove = reverse("web:settings-remove-segment", args=["site-b"])
    for url in (MOVE, remove, reverse("web:settings-remove-subnet", args=[estate.subnet.pk])):
        assert page.post(url, {"cluster": "gmc", "segment": "site-b"}).status_code == 403
        assert page.get(url).status_code == 405
    assert Segment.objects.count() == 2
    assert "192.0.2.20-192.0.2.150" in text_of(page, change)


def test_many_segments_cost_no_more_queries_than_one(
    page: Client, estate: Estate, django_assert_max_num_queries: Any
) -> None:
    def queries(url: str) -> int:
        with django_assert_max_num_queries(20) as made:
            text_of(page, url)
        return len(made)

    before = [queries(url) for url in (SEGMENTS, SUBNETS, "/settings/clusters/")]
    for n in range(5):
        workload_cluster(management_cluster(f"mc-{n}", on=f"site-{n}"), "alpha")
        declare(segment(f"site-{n}"), "192.0.2.0/24")
    assert [queries(url) for url in (SEGMENTS, SUBNETS, "/settings/clusters/")] == before
