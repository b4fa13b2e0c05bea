"""Plans: dividing a subnet, keeping what came out, and the addresses of a new workload cluster."""

from typing import Any

import pytest
import yaml

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import Role
from ipviz.accounts.tokens import create_token
from ipviz.clusters.models import Subnet
from ipviz.domain.spans import parse_entry
from ipviz.findings.surveys import keep_surveys
from ipviz.inventory.reading import estate_of
from ipviz.planning.manifests import wanted_by
from tests.api.asking import Api
from tests.api.conftest import MANAGEMENT, NOW, Estate
from tests.builders import seen_pool, seen_service
from tests.domain.test_division import addresses
from tests.factories import management_cluster, minutes, see, segment

CIDR = "192.0.2.0/24"


@pytest.fixture
def operator(estate: Estate) -> Api:
    return Api(create_token("automation", Role.OPERATOR, NOW))


def planned(api: Api, **asked: Any) -> dict[str, Any]:
    answer = api.post("plan/", **{"cidr": CIDR, **asked})
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def parts(body: dict[str, Any], *uses: str, kept: bool = False) -> list[str]:
    return [
        each["cidr"] or f"{each['first']}-{each['last']}"
        for each in body["parts"]
        if each["kept"] is kept and (not uses or each["use"] in uses)
    ]


def test_what_is_there_is_kept_and_the_rest_goes_around_it(api: Api) -> None:
    told = planned(api)
    assert told["fits"] is True
    assert told["needs"]["clusters"] == 2, "alpha and gamma have their APIs here"
    assert told["needs"]["management"] == "gmc"
    assert parts(told, "dhcp", kept=True) == ["192.0.2.20-192.0.2.150"]
    assert parts(told, "block", kept=True) == ["192.0.2.236/30"]
    assert parts(told, "control-planes", kept=True) == ["192.0.2.232/30"], "without what beta hands out"
    assert any("192.0.2.236-192.0.2.239: in a pool, and used past it" in note for note in told["notes"])


def test_nothing_that_check_calls_taken_is_proposed(api: Api, estate: Estate) -> None:
    for asked in ({}, {"in_blocks": False, "clusters": 9}, {"clusters": 6, "balancers": 6, "nodes": 150}):
        new = [each for each in planned(api, **asked)["parts"] if not each["kept"]]
        spans = [f"{each['first']}-{each['last']}" for each in new if each["use"] != "dhcp"]
        assert spans
        assert api.post("check/", spans=spans).body["conflicts"] == []


def test_what_does_not_fit_says_what_would(api: Api) -> None:
    told = planned(api, nodes=400)
    assert told["fits"] is False
    assert told["lack"].startswith(
        "269 addresses are wanted for the DHCP for nodes, beside what is there, and "
    )
    assert told["smallest"] == "/23"
    assert told["files"] == []


def test_what_was_chosen_and_is_taken_says_by_whom(api: Api) -> None:
    told = planned(
        api,
        parts=[{"use": "ingress", "range": "192.0.2.31"}, {"use": "block", "range": "192.0.2.5-192.0.2.8"}],
    )
    assert [each["words"] for each in told["faults"]] == [
        "192.0.2.31 (ingress of the management cluster) is not free: 192.0.2.31 lies in the DHCP range"
        " 192.0.2.20-192.0.2.150 of 192.0.2.0/24",
        "192.0.2.5-192.0.2.8 (load-balancer block of a later cluster) is no aligned block: a CIDR would cover"
        " its neighbours",
    ]


def test_a_network_of_which_nothing_is_known_is_divided_too(api: Api) -> None:
    told = planned(
        api, cidr="198.51.100.0/25", gateway="198.51.100.1", nodes=40, clusters=3, later=2, in_blocks=False
    )
    assert told["fits"] is True
    assert parts(told) == [
        "198.51.100.2/32",
        "198.51.100.3/32",
        "198.51.100.8-198.51.100.12",
        "198.51.100.16-198.51.100.30",
        "198.51.100.32-198.51.100.71",
    ]
    assert not Subnet.objects.filter(cidr="198.51.100.0/25").exists()
    six = planned(api, cidr="2001:db8:7::/64", nodes=40, in_blocks=True)
    assert six["fits"] is True


def test_the_files_say_what_was_planned_and_check_reads_them(api: Api) -> None:
    told = planned(api, cidr="198.51.100.0/24", clusters=2, later=0, in_blocks=True)
    files = {each["name"]: each["text"] for each in told["files"]}
    assert list(files) == [
        "dhcp.txt",
        "management-values.yaml",
        "wc-cp-ips-2.yaml",
        "cluster-values.yaml",
        "cluster-values-before-0.51.yaml",
        "kube-vip.yaml",
    ]
    pool = yaml.safe_load(files["wc-cp-ips-2.yaml"])
    assert pool["spec"] == {"addresses": ["198.51.100.4/31"], "prefix": 24}
    assert "lease, and nothing else:\n  198.51.100." in files["dhcp.txt"]
    blocks = [parse_entry(each) for each in parts(told, "block")]
    for name in ("cluster-values.yaml", "cluster-values-before-0.51.yaml"):
        assert addresses(wanted_by(files[name]).spans) == addresses(blocks), name
    maps = [wanted_by(each).spans for each in files["kube-vip.yaml"].split("---\n")]
    assert [set(each) for each in maps] == [{each} for each in blocks], "one for each cluster"


def test_a_pool_that_is_there_is_added_to_and_excludes_what_others_use(api: Api) -> None:
    told = planned(api, clusters=9, later=0)
    (text,) = [each["text"] for each in told["files"] if each["name"] == "wc-cp-ips.yaml"]
    spec = yaml.safe_load(text)["spec"]
    assert spec["addresses"][:2] == ["192.0.2.236-192.0.2.239", "192.0.2.232/30"], "as they are"
    assert spec["addresses"][2:] == parts(told, "control-planes")
    assert spec["excludedAddresses"] == ["192.0.2.236/30"]
    assert spec["gateway"] == "0.0.0.0"


def keep(operator: Api, estate: Estate, **asked: Any) -> dict[str, Any]:
    answer = operator.put(f"subnets/{estate.subnet.pk}/plan/", **asked)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def test_a_plan_that_is_kept_is_respected(operator: Api, estate: Estate) -> None:
    before = planned(operator, clusters=4, later=2, in_blocks=True)
    kept = keep(operator, estate, clusters=4, later=2, in_blocks=True)
    blocks = parts(before, "block")
    assert parts(kept, "block") == blocks
    assert operator.get(f"subnets/{estate.subnet.pk}/plan/").body == kept, "as it was kept"
    answer, block = operator.post("check/", spans=[blocks[-1]]), parse_entry(blocks[-1])
    assert [(each["what"], each["words"]) for each in answer.body["conflicts"]] == [
        (
            "plan",
            f"{block} lie in {block}, which is planned as load-balancer block of a later cluster",
        )
    ]
    free = operator.get(f"subnets/{estate.subnet.pk}/free/", prefix=30, count=50).body
    assert not {each["cidr"] for each in free["blocks"]} & set(blocks)


def test_what_a_part_is_planned_for_may_use_it(operator: Api, estate: Estate) -> None:
    chosen = [{"use": "block", "range": "192.0.2.180/30", "name": "epsilon"}]
    keep(operator, estate, clusters=3, later=0, in_blocks=True, parts=chosen)
    assert operator.post("check/", spans=["192.0.2.180/30"]).body["free"] is False
    assert operator.post("check/", spans=["192.0.2.180/30"], **{"for": "beta"}).body["free"] is False


def test_reality_that_leaves_the_plan_is_found(operator: Api, estate: Estate) -> None:
    keep(operator, estate, clusters=3, later=1, in_blocks=True)
    block = next(each for each in parts(operator.get(f"subnets/{estate.subnet.pk}/plan/").body, "block"))
    taken = block.split("/")[0]
    estate.seen(9.8, seen_service("stray", annotation=taken, status=[taken]))
    estate.judged(9.8)
    told = {each["rule"]: each["title"] for each in operator.rows("findings/", segment="default", q="stray")}
    assert told["H17"] == f"{taken}, used by beta/shop/stray, lies in what is planned for something else"


def test_a_plan_is_forgotten_and_what_does_not_fit_is_not_kept(operator: Api, estate: Estate) -> None:
    path = f"subnets/{estate.subnet.pk}/plan/"
    keep(operator, estate, clusters=3)
    refused = operator.put(path, nodes=5000)
    assert refused.status == 400
    assert "5000" not in refused.body["errors"]["parts"][0]
    assert Subnet.objects.get(pk=estate.subnet.pk).planned != []
    assert operator.delete(path).status == 204
    assert Subnet.objects.get(pk=estate.subnet.pk).planned == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"cidr": "192.0.2.0"}, "cidr"),
        ({"cidr": "198.51.100.0/24", "gateway": "192.0.2.1"}, "gateway"),
        ({"nodes": -1}, "nodes"),
        ({"clusters": 100000}, "clusters"),
        ({"parts": [{"use": "dhcp", "range": "192.0.2.x"}]}, "parts"),
        ({"parts": [{"use": "attic", "range": "192.0.2.9"}]}, "parts"),
        ({"segment": "nowhere"}, "segment"),
        ({"cidr": "198.51.100.0/24", "control_plane_pool": "wc-cp-ips"}, "control_plane_pool"),
    ],
)
def test_a_slip_of_the_pen_is_named(api: Api, asked: dict[str, Any], field: str) -> None:
    answer = api.post("plan/", **{"cidr": CIDR, **asked})
    assert answer.status == 400, answer
    assert field in answer.body["errors"]


def test_a_new_cluster_is_told_its_pool_next_address_and_block(api: Api) -> None:
    answer = api.post("plan/cluster/", name="epsilon", organization="acme", balancers=4)
    told = answer.body
    assert told["cluster_path"] == "gmc/org-acme/epsilon"
    assert told["control_planes"] == {"pool": "wc-cp-ips", "next": ["192.0.2.232"]}
    assert (told["balancers"], told["block"]) == (None, "192.0.2.4/30")
    assert told["free"] is True, told["check"]
    values = yaml.safe_load(told["files"][0]["text"])["global"]
    assert values["metadata"] == {"name": "epsilon", "organization": "acme"}
    assert values["connectivity"]["network"] == {
        "controlPlaneEndpoint": {"host": "", "ipPoolName": "wc-cp-ips", "port": 6443},
        "loadBalancers": {"cidrBlocks": ["192.0.2.4/30"]},
    }


def test_a_new_cluster_gets_what_was_planned_for_it(operator: Api, estate: Estate) -> None:
    chosen = [{"use": "block", "range": "192.0.2.180/30", "name": "epsilon"}]
    keep(operator, estate, clusters=3, later=2, in_blocks=True, parts=chosen)
    own = operator.post("plan/cluster/", name="epsilon", organization="acme").body
    assert (own["block"], own["free"]) == ("192.0.2.180/30", True)
    later = operator.post("plan/cluster/", name="zeta", organization="acme").body
    assert later["block"] in parts(operator.get(f"subnets/{estate.subnet.pk}/plan/").body, "block")
    assert later["block"] != "192.0.2.180/30"


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"name": "Epsilon"}, "name", "small letters"),
        ({"organization": "-"}, "organization", "small letters"),
        ({"management": "nobody"}, "management", "there are: gmc"),
        ({"balancers": -1}, "balancers", "greater"),
        ({"name": "beta"}, "name", "There is a cluster gmc/org-acme/beta already."),
    ],
)
def test_a_new_cluster_that_cannot_be_is_named(
    api: Api, asked: dict[str, Any], field: str, said: str
) -> None:
    answer = api.post("plan/cluster/", **{"name": "epsilon", "organization": "acme", **asked})
    assert answer.status == 400
    assert said in answer.body["errors"][field][0]


def test_without_a_pool_it_says_what_is_missing(api: Api) -> None:
    told = api.post("plan/cluster/", segment="lab", name="epsilon", organization="acme").body
    assert told["free"] is False
    assert told["problems"][0].startswith("No pool for control planes has an address left")
    assert told["files"] == []


def test_a_lookup_says_what_an_address_is_planned_for(operator: Api, estate: Estate) -> None:
    chosen = [{"use": "block", "range": "192.0.2.180/30", "name": "epsilon"}]
    keep(operator, estate, clusters=3, later=0, in_blocks=True, parts=chosen)
    assert operator.get("lookup/192.0.2.181/").body["planned"] == [
        {
            "use": "block",
            "name": "epsilon",
            "words": "load-balancer block of epsilon",
            "range": "192.0.2.180-192.0.2.183",
            "segment": "default",
            "subnet": "192.0.2.0/24",
        }
    ]
    (subnet,) = operator.rows("subnets/", segment="default")
    assert subnet["planned"] is True


def test_a_part_of_the_segment_sees_no_plan_of_another(estate: Estate, operator: Api) -> None:
    keep(operator, estate, clusters=3)
    lab = Api(create_token("lab", Role.OPERATOR, NOW, limits=Limits(segments=("lab",))))
    assert lab.get(f"subnets/{estate.subnet.pk}/plan/").status == 404
    assert lab.put(f"subnets/{estate.subnet.pk}/plan/").status == 404
    assert "they are lab" in lab.post("plan/", cidr=CIDR).body["errors"]["segment"][0]
    assert lab.get("lookup/192.0.2.181/").body["planned"] == []


def test_pools_of_two_management_clusters_stay_apart(operator: Api, estate: Estate) -> None:
    other = management_cluster("mmc")
    see(other, seen_pool("192.0.2.200/29", name="wc-cp-ips"), at=minutes(9.5))
    told = planned(operator)
    assert parts(told, "control-planes", kept=True) == [], "nobody said whose pools they are"
    assert all(each["name"] != "wc-cp-ips.yaml" for each in told["files"])
    named = planned(operator, management="gmc", clusters=9)
    (text,) = [each["text"] for each in named["files"] if each["name"] == "wc-cp-ips.yaml"]
    assert "192.0.2.20" not in text
    new = [f"{each['first']}-{each['last']}" for each in named["parts"] if not each["kept"]]
    assert operator.post("check/", spans=new, **{"for": ""}).body["conflicts"] == []


def test_a_pool_that_reaches_beyond_is_left_alone(operator: Api, estate: Estate) -> None:
    see(
        estate.gmc,
        *MANAGEMENT,
        seen_pool("192.0.2.128/29", "192.0.2.200/29", name="svc-lb-ips"),
        at=minutes(9.5),
    )
    told = planned(operator, cidr="192.0.2.192/26", in_blocks=False, clusters=3)
    assert "svc-lb-ips.yaml" not in [each["name"] for each in told["files"]]
    assert "svc-lb-ips-2.yaml" in [each["name"] for each in told["files"]]


@pytest.mark.parametrize(
    "asked",
    [
        {"control_plane_pool": "a\n---\nkind: Evil"},
        {"balancer_pool": "x; rm -rf ~"},
        {"balancer_pool": "wc-cp-ips"},
        {"management": "x\ny"},
        {"parts": [{"use": "block", "range": "192.0.2.180/30", "name": "x\n---\nkind: Secret"}]},
        {"parts": [{"use": "control-planes", "range": "192.0.2.180/30", "name": "../passwd"}]},
    ],
)
def test_a_name_that_cannot_be_is_refused(api: Api, asked: dict[str, Any]) -> None:
    answer = api.post("plan/", cidr=CIDR, **asked)
    assert answer.status == 400, answer
    assert list(answer.body["errors"]) == list(asked)


def test_a_cluster_that_is_there_is_meant_by_its_name(api: Api) -> None:
    told = planned(api, in_blocks=True, parts=[{"use": "block", "range": "192.0.2.180/30", "name": "gamma"}])
    assert {each["name"] for each in told["parts"] if each["use"] == "block"} >= {"gmc/org-acme/gamma"}
    values = [each["text"] for each in told["files"] if each["name"] == "cluster-values.yaml"]
    assert "192.0.2.180/30" in values[0]


def test_what_came_since_the_survey_is_gone_around(operator: Api, estate: Estate) -> None:
    keep_surveys(segment(), estate_of("default"), at=minutes(9.4))
    first = parts(planned(operator), "ingress")[0].split("/")[0]
    estate.seen(9.9, seen_service("late", annotation=first, status=[first]))
    assert parts(planned(operator), "ingress") != [f"{first}/32"]


def test_what_was_given_up_lately_is_no_block_of_a_later_cluster(operator: Api, estate: Estate) -> None:
    keep(operator, estate, clusters=2, later=1, in_blocks=True)
    block = operator.post("plan/cluster/", name="zeta", organization="acme").body["block"]
    taken = block.split("/")[0]
    estate.seen(9.8, seen_service("short", annotation=taken, status=[taken]))
    estate.seen(9.9)
    assert operator.post("plan/cluster/", name="zeta", organization="acme").body["block"] != block


def test_a_pool_of_very_many_pieces_is_asked_about(operator: Api, estate: Estate) -> None:
    pieces = [f"10.9.{n // 128}.{n % 128 * 2}" for n in range(900)]
    see(estate.gmc, *MANAGEMENT, seen_pool(*pieces, name="svc-lb-ips", prefix=16), at=minutes(9.9))
    told = operator.post("plan/cluster/", name="zeta", organization="acme", balancers=900)
    assert told.status == 200
    manifest = "kind: GlobalInClusterIPPool\nmetadata: {name: many}\nspec: {prefix: 16, addresses: [%s]}"
    answer = operator.post(
        "check/", manifest=manifest % ", ".join(f"10.9.{n // 128}.{n % 128 * 2}" for n in range(2000))
    )
    assert "at most 1000 are looked at" in answer.body["errors"]["manifest"][0]
