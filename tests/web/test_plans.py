"""The pages of plans: the four questions, and a new cluster."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils.http import urlencode

from ipviz.clusters.models import Subnet
from ipviz.planning.manifests import wanted_by
from tests.builders import seen_cluster
from tests.factories import minutes, see, workload_cluster
from tests.web.conftest import MANAGEMENT, Estate, PageText
from tests.web.test_hostile_names import MARKUP

DIVIDE = "/plan/divide/"


def asked(**typed: str | int) -> str:
    return f"{DIVIDE}?{urlencode({'cidr': '192.0.2.0/24', **typed})}"


def test_the_overview_and_every_page_lead_to_the_questions(estate: Estate, read: PageText) -> None:
    overview = read("/")
    for path in ("/plan/divide/", "/plan/address/", "/plan/range/", "/plan/cluster/", "/subnets/", "/plan/"):
        assert f'href="{path}"' in overview


def test_the_first_subnet_is_divided_at_once(estate: Estate, read: PageText) -> None:
    html = read(DIVIDE)
    assert 'value="192.0.2.0/24"' in html
    assert "It fits, and" in html
    assert "192.0.2.236-192.0.2.239" in html
    assert "there already" in html
    assert "Keep this plan" not in html, "a viewer keeps nothing"
    assert "Operators can keep it." in html


def test_what_is_typed_is_divided_anew_as_a_part_of_the_page(estate: Estate, read: PageText) -> None:
    html = read(asked(nodes=2000), HX_REQUEST="true")
    assert html.lstrip().startswith('<div id="division"')
    assert "It does not fit" in html
    assert "The smallest subnet that would do, were nothing there, is a /21." in html


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cidr": "192.0.2.0"}, "is not a CIDR"),
        ({"cidr": ""}, 'Subnet: <span class="name">This field is required.'),
        ({"nodes": "many"}, "Nodes to expect: Enter a whole number."),
        ({"api": "192.0.2.x"}, "API of the management cluster:"),
        ({"ingress": "192.0.2.31"}, "192.0.2.31 lies in the DHCP range"),
        (
            {"cidr": "198.51.100.0/24", "control_plane_pool": "wc-cp-ips"},
            "There is a pool wc-cp-ips with other",
        ),
        ({"segment": "nowhere"}, "Select a valid choice"),
    ],
)
def test_a_slip_of_the_pen_is_said_and_nothing_crashes(
    estate: Estate, read: PageText, typed: dict[str, str], said: str
) -> None:
    assert said in read(f"{DIVIDE}?{urlencode({'cidr': '192.0.2.0/24'} | typed)}")


@pytest.mark.parametrize("of", ["198.51.100.0/24 default", "192.0.2.0/24 default", None])
def test_numbers_that_were_typed_for_another_subnet_are_none_of_this_one(
    estate: Estate, read: PageText, of: str | None
) -> None:
    typed = {"cidr": "198.51.100.0/24", "segment": "default", "nodes": "77", "api": "198.51.100.9"}
    html = read(f"{DIVIDE}?{urlencode({**typed, **({'of': of} if of else {})})}")
    is_of_it = of != "192.0.2.0/24 default"
    assert ('name="nodes" value="77"' in html) is is_of_it
    assert ('value="198.51.100.9"' in html) is is_of_it
    assert 'name="of" value="198.51.100.0/24 default"' in html


def test_what_stays_as_it_is_is_told_last(estate: Estate, read: PageText) -> None:
    kept, new = read(asked(style="blocks", clusters=5)), read(f"{DIVIDE}?cidr=198.51.100.0/24")
    assert kept.index("<code>dhcp.txt") > kept.index("<code>cluster-values.yaml")
    assert new.index("<code>dhcp.txt") < new.index("<code>cluster-values.yaml")


@pytest.mark.parametrize(
    ("cidr", "width", "said"),
    [
        ("198.51.100.0/30", 132 + 4 * 64, None),
        ("198.51.100.0/24", 132 + 1024, None),
        ("10.0.0.0/16", 132 + 1024, "A cell is a /24, 256 addresses: "),
        ("2001:db8:0:ffff::/64", 174 + 1024, "A cell is a /72: "),
    ],
)
def test_the_drawing_is_as_wide_as_can_be_read(
    estate: Estate, read: PageText, cidr: str, width: int, said: str | None
) -> None:
    html = read(f"{DIVIDE}?{urlencode({'cidr': cidr, 'nodes': '0', 'clusters': '0', 'later': '0'})}")
    assert f'width="{width}"' in html
    assert said in html if said else "A cell is" not in html


def test_without_a_subnet_one_can_be_typed(db: None, read: PageText) -> None:
    assert "Name a subnet, and what you need of it." in read(DIVIDE)
    html = read(f"{DIVIDE}?cidr=198.51.100.0/24")
    assert "It fits" in html
    assert "198.51.100.1" in html, "no gateway is known"


def test_a_plan_is_kept_shown_on_the_map_and_forgotten(estate: Estate, operator: Client) -> None:
    kept = operator.post(
        "/plan/divide/keep/", {"cidr": "192.0.2.0/24", "clusters": 5, "later": 2, "style": "blocks"}
    )
    assert kept.status_code == 302, kept.content
    assert [str(each) for each in get_messages(kept.wsgi_request)] == [
        "The plan of 192.0.2.0/24 is kept: check and free space respect it."
    ]
    html = operator.get(kept["Location"]).content.decode()
    assert "This plan is kept." in html
    on_the_map = operator.get("/subnets/192.0.2.0-24/").content.decode()
    assert "load-balancer block of a later cluster" in on_the_map
    assert '<span class="edge plan" aria-hidden="true"></span> planned' in on_the_map
    assert "load-balancer block of a later cluster" in operator.get("/plan/").content.decode()
    forgotten = operator.post("/plan/divide/forget/", {"subnet": estate.subnet.pk})
    assert forgotten.status_code == 302
    assert Subnet.objects.get(pk=estate.subnet.pk).planned == []


def test_what_does_not_fit_is_not_kept(estate: Estate, operator: Client) -> None:
    answer = operator.post("/plan/divide/keep/", {"cidr": "192.0.2.0/24", "nodes": 4000})
    assert answer.status_code == 400
    assert "It does not fit" in answer.content.decode()
    assert operator.post("/plan/divide/forget/", {"subnet": "x"}).status_code == 404


def test_all_files_are_one_to_download(estate: Estate, page: Client) -> None:
    answer = page.get(f"/plan/divide/plan.yaml?{urlencode({'cidr': '198.51.100.0/24', 'style': 'blocks'})}")
    assert answer["Content-Disposition"] == 'attachment; filename="plan-198.51.100.0-24.yaml"'
    text = answer.content.decode()
    assert "# dhcp.txt: for whoever runs the DHCP server" in text
    assert wanted_by(text).spans, "it is one stream of YAML"
    assert page.get("/plan/divide/plan.yaml?cidr=192.0.2.0/24&nodes=9000").status_code == 404


def test_the_next_addresses_are_told_with_why_not_others(estate: Estate, read: PageText) -> None:
    html = read("/plan/address/")
    assert "The next that are free" in html
    assert ">192.0.2.2</a>" in html
    assert "is the network address of 192.0.2.0/24" in html
    assert "kube-vip.io/loadbalancerIPs: 192.0.2.2" in html
    block = read(f"/plan/address/?subnet={estate.subnet.pk}&size=8&count=2")
    assert "192.0.2.8-192.0.2.15" in block
    assert "Select a valid choice" in read("/plan/address/?subnet=0")


def test_another_of_the_proposals_can_be_checked(estate: Estate, read: PageText) -> None:
    first, other, strange = (read(f"/plan/address/{asked}") for asked in ("", "?pick=192.0.2.5", "?pick=x"))
    assert 'The first, <strong class="address">192.0.2.2</strong>, checked:' in first
    assert 'href="?pick=192.0.2.5"' in first
    assert '<p><strong class="address">192.0.2.5</strong>, checked:' in other
    assert "kube-vip.io/loadbalancerIPs: 192.0.2.5" in other
    assert "kube-vip.io/loadbalancerIPs: 192.0.2.2" in strange, "what is not free is not written"


def test_a_range_for_a_cluster_is_found_or_checked(estate: Estate, read: PageText) -> None:
    found = read("/plan/range/?cluster=beta&balancers=4")
    assert "it is the next aligned block that is free" in found
    assert "- 192.0.2.4/30" in found
    taken = read("/plan/range/?cluster=beta&balancers=4&wanted=192.0.2.232/30")
    assert "Not free." in taken
    assert "in pool wc-cp-ips of gmc" in taken
    assert "The YAML to paste" not in taken
    assert "A range is a CIDR or FIRST-LAST" in read("/plan/range/?cluster=beta&wanted=x")


def test_a_new_cluster_is_told_all_that_it_needs(estate: Estate, read: PageText) -> None:
    html = read("/plan/cluster/?name=epsilon&organization=acme&balancers=3")
    assert "gmc/org-acme/epsilon" in html
    assert "wc-cp-ips" in html
    assert "epsilon-values.yaml" in html
    assert "small letters" in read("/plan/cluster/?name=Epsilon&organization=acme")


def test_a_hostile_name_is_text_on_every_page_of_plans(estate: Estate, read: PageText) -> None:
    see(estate.gmc, *MANAGEMENT, seen_cluster(MARKUP, "192.0.2.170"), at=minutes(9.9))
    workload_cluster(estate.gmc, MARKUP)
    estate.judged(9.95)
    for url in (asked(style="blocks"), "/plan/", f"/plan/range/?{urlencode({'cluster': MARKUP})}"):
        html = read(url)
        assert "<img" not in html
    assert "<img" not in read(asked(blocks=f"192.0.2.180/30={MARKUP}", style="blocks"))
