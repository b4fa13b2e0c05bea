"""The map's legend filters, the table sorts, and all of it is in the address of the page."""

import json
import re
from base64 import b64decode
from typing import Any

import pytest
from django.http import QueryDict

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import intervals_of
from ipviz.domain.survey import Survey, survey_of
from ipviz.web.states import FADED, LOOKS
from ipviz.web.viewing import viewing_of
from tests.builders import alloc, pool, span, svc
from tests.web.conftest import MAP, Estate, PageText


def addresses(html: str) -> list[str]:
    """Of the table, in its order."""
    table = html.partition('<h2 id="table">')[2]
    return re.findall(r'<td><a class="address"[^>]*>([^<]+)</a>', table)


@pytest.fixture
def survey() -> Survey:
    occupants = [alloc("192.0.2.9"), svc("192.0.2.20"), pool("192.0.2.200-192.0.2.207")]
    whole = span("192.0.2.0/24")
    return survey_of(whole, intervals_of(DeclaredSubnet(whole), occupants, {}), occupants, ())


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", [0, 9, 20, 200, 201, 255]),
        ("sort=-address", [255, 201, 200, 20, 9, 0]),
        ("sort=-size", [201, 0, 9, 20, 200, 255]),
        ("sort=state", [20, 9, 0, 255, 200, 201]),
        ("state=untracked", [20]),
        ("state=untracked&state=tracked&sort=-address", [20, 9]),
        ("state=free&sort=size", [1, 10, 208, 21]),
        ("state=nonsense&sort=nonsense", [0, 9, 20, 200, 201, 255]),
    ],
)
def test_runs_are_chosen_and_sorted(survey: Survey, query: str, told: list[int]) -> None:
    numbers = viewing_of(QueryDict(query)).numbers(survey)
    firsts = [survey.run(number).first & 255 for number in numbers]
    if "state=free" in query:
        assert sorted(firsts) == sorted(told)
        assert firsts[-1] == 21
    else:
        assert firsts == told


def test_what_one_chooses_in_the_legend_is_chosen_until_one_chooses_it_again() -> None:
    once = viewing_of(QueryDict("state=tracked")).with_look("node")
    assert once.looks == ("tracked", "node")
    assert once.with_look("tracked").looks == ("node",)
    assert once.ordered("size").sort == "size"
    assert once.ordered("size").ordered("size").sort == "-size"
    assert (once.sort, once.ordered("address").sort) == (None, "-address")


def test_the_legend_filters_the_table_and_fades_the_rest_of_the_map(read: PageText, estate: Estate) -> None:
    html = read(f"{MAP}?state=collision")
    assert addresses(html) == ["192.0.2.236"]
    assert re.search(r'aria-current="true"><span class="swatch collision"', html)
    assert "show all" in html
    data: Any = json.loads(read(f"{MAP}map/?state=collision"))
    ranks = set(b64decode(data["figure"]["data"][0]["z"]["bdata"]))
    assert ranks == {LOOKS["collision"].rank, FADED.rank}


def test_the_table_says_how_it_is_sorted_and_sorts_the_other_way(read: PageText, estate: Estate) -> None:
    html = read(MAP)
    assert re.search(r'aria-sort="ascending"><a class="sorts" href="\?sort=-address#table">Address', html)
    turned = read(f"{MAP}?sort=-address")
    assert addresses(turned) == addresses(html)[::-1]
    assert 'aria-sort="descending"' in turned


def test_one_goes_to_an_address(read: PageText, estate: Estate) -> None:
    html = read(f"{MAP}?address=192.0.2.236&state=collision")
    assert '<h3 class="address">' in html
    assert 'name="state" value="collision"' in html


def test_of_a_small_subnet_the_last_number_is_enough(read: PageText, estate: Estate) -> None:
    html = read(f"{MAP}?address=236")
    assert re.search(r'<h3 class="address">.*192\.0\.2\.236', html)


@pytest.mark.parametrize("sought", ["198.51.100.9", "nonsense", "<b>bold</b>", "256", "0" * 5000 + "9"])
def test_what_is_no_address_of_the_subnet_can_be_searched_for(
    read: PageText, estate: Estate, sought: str
) -> None:
    html = read(f"{MAP}?address={sought}")
    assert "is no address of 192.0.2.0/24" in html
    assert "/search/?q=" in html
    assert "<b>bold</b>" not in html
