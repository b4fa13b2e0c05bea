"""What an identity provider says of a person, and what ipviz makes of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipviz.domain.providers import (
    NAME_LENGTH,
    ROLES,
    groups_of,
    may_be_asked,
    name_of,
    parse_group_roles,
    role_of_groups,
)

MAPPED = parse_group_roles("platform-admins=admin, platform=operator,cn=ops=operator, staff = viewer ")


def test_a_mapping_is_read_entry_by_entry() -> None:
    assert MAPPED == {
        "platform-admins": "admin",
        "platform": "operator",
        "cn=ops": "operator",
        "staff": "viewer",
    }
    assert parse_group_roles("") == parse_group_roles(" , ") == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("platform", "platform is no group and its role"),
        ("=admin", "=admin is no group and its role"),
        ("platform=king", "king of platform=king is none of the roles viewer, operator, admin"),
        ("a=viewer,a=admin", "the group a stands there twice"),
    ],
)
def test_a_mapping_that_cannot_be_read_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_group_roles(text)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ([], None),
        (["others"], None),
        (["staff"], "viewer"),
        (["staff", "platform-admins", "platform"], "admin"),
        (["cn=ops"], "operator"),
        (["Platform-Admins"], None),  # names of groups are compared to the letter
    ],
)
def test_the_highest_role_counts(groups: list[str], role: str | None) -> None:
    assert role_of_groups(groups, MAPPED) == role


def test_a_star_is_for_everybody_and_lowers_nobody() -> None:
    mapped = parse_group_roles("*=viewer,platform=operator")
    assert role_of_groups([], mapped) == "viewer"
    assert role_of_groups(["platform"], mapped) == "operator"


@given(st.lists(st.text()), st.dictionaries(st.text(), st.sampled_from(ROLES)))
def test_more_groups_never_give_less(groups: list[str], roles: dict[str, str]) -> None:
    ranks = [-1 if each is None else ROLES.index(each) for each in _growing(groups, roles)]
    assert ranks == sorted(ranks)


def _growing(groups: list[str], roles: dict[str, str]) -> list[str | None]:
    return [role_of_groups(groups[:number], roles) for number in range(len(groups) + 1)]


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (["a", "b"], {"a", "b"}),
        ("a", {"a"}),
        (["a", 7, None, ["b"]], {"a"}),
        (["*"], set()),  # a group of that name is not everybody
        (None, set()),
        ({"a": 1}, set()),
    ],
)
def test_groups_are_texts_whatever_the_provider_sends(claim: Any, groups: set[str]) -> None:
    assert groups_of({"groups": claim}) == groups


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "bert", "email": "b@example.org"}, "bert"),
        ({"email": "b@example.org", "name": "Bert B."}, "b@example.org"),
        ({"name": "Bert B."}, "Bert-B."),
        ({"preferred_username": "<>", "sub": "u1"}, "u1"),
        ({"preferred_username": 7, "sub": "x" * 200}, "x" * NAME_LENGTH),
        ({}, "somebody"),
    ],
)
def test_a_name_is_what_can_be_read(claims: dict[str, Any], name: str) -> None:
    assert name_of(claims) == name


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://dex.example.org", True),
        ("https://dex.example.org:5556/dex", True),
        ("http://127.0.0.1:5556", True),
        ("http://[::1]:5556/dex", True),
        ("http://localhost/dex", True),
        ("http://dex.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("https://anna:secret@dex.example.org", False),
        ("https://dex.example.org#x", False),
        ("https://", False),
        ("https://[::1", False),
        ("https://dex.example.org:port", False),
        ("dex.example.org", False),
        ("", False),
    ],
)
def test_a_provider_is_asked_where_nobody_listens_in(url: str, may: bool) -> None:
    assert may_be_asked(url) is may
