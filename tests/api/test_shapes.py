"""What is told is what is documented: the rows and their serializers have the same fields."""

from typing import Any

import pytest
from rest_framework.serializers import BaseSerializer, CharField, ListSerializer, Serializer

from ipviz.api import serializers as shapes
from ipviz.inventory.reading import estate_of
from ipviz.inventory.usage import sample
from tests.api.asking import Api
from tests.api.conftest import BETA, Estate
from tests.factories import minutes, see, segment

# Those of the interface that others rely on to the letter; more may be told.
DOCUMENTED = {
    "clusters/": "id name kind management_cluster segment reachable last_snapshot",
    "snapshots/": "cluster taken_at outcome counts seconds",
    "subnets/": "cidr declared gateway size tracked untracked free findings",
    "pools/": "cluster kind namespace name ranges total used free out_of_range next_address reported",
    "claims/": "cluster namespace name pool address pending_since reason",
    "addresses/": "address prefix segment subnet role tracked consumer cluster namespace kind name first_seen"
    " last_seen stale",
    "services/": "desired advertised holder ports cluster namespace name",
    "findings/": "id rule class severity status title explanation remedy segment first_address last_address"
    " parties first_seen last_seen resolved_at stale",
    "changes/": "at what cluster namespace kind name",
    "usage/": "at total used free",
}
SHAPES: dict[str, type[Serializer[Any]]] = {
    "clusters/": shapes.ClusterSerializer,
    "snapshots/": shapes.SnapshotSerializer,
    "subnets/": shapes.SubnetSerializer,
    "pools/": shapes.PoolSerializer,
    "claims/": shapes.ClaimSerializer,
    "addresses/": shapes.AddressSerializer,
    "services/": shapes.ServiceSerializer,
    "findings/": shapes.FindingSerializer,
    "changes/": shapes.ChangeSerializer,
    "usage/": shapes.UsageSerializer,
}


def assert_fits(told: Any, shape: Any) -> None:
    if isinstance(shape, ListSerializer):
        for each in told:
            assert_fits(each, shape.child)
    elif isinstance(shape, BaseSerializer):
        if told is None:
            assert shape.allow_null
            return
        assert isinstance(shape, Serializer)
        assert sorted(told) == sorted(shape.fields)
        for name, field in shape.fields.items():
            assert_fits(told[name], field)
    elif told is None:
        assert shape.allow_null, shape
    elif told or not isinstance(shape, CharField):
        shape.run_validation(told)


@pytest.mark.parametrize("path", SHAPES)
def test_a_list_has_its_documented_fields(api: Api, estate: Estate, path: str) -> None:
    see(estate.beta, *BETA[:3], at=minutes(9.5))  # its node is gone
    sample(segment(), estate_of("default"), at=minutes(9.6))
    rows = api.rows(path)
    assert rows
    for row in rows:
        assert set(DOCUMENTED[path].split()) <= set(row)
        assert_fits(row, SHAPES[path]())


@pytest.mark.parametrize("path", ["clusters/", "subnets/", "findings/"])
def test_one_of_them_has_the_same(api: Api, path: str) -> None:
    listed = api.rows(path)[0]
    one = api.get(f"{path}{listed['id']}/").body
    assert one | listed == one


@pytest.mark.parametrize("address", ["192.0.2.236", "192.0.2.21", "2001:db8::31", "198.51.100.9"])
def test_a_lookup_fits_its_shape(api: Api, address: str) -> None:
    assert_fits(api.get(f"lookup/{address}/").body, shapes.LookupSerializer())


def test_a_map_fits_its_shape(api: Api) -> None:
    subnet = api.rows("subnets/")[0]["id"]
    assert_fits(api.get(f"subnets/{subnet}/map/").body, shapes.IntervalSerializer(many=True))
