"""What has not changed is not sent again."""

import pytest

from tests.api.asking import V1, Api
from tests.api.conftest import Estate
from tests.builders import seen_service


@pytest.mark.parametrize("path", ["addresses/", "findings/", "lookup/192.0.2.236/", "schema/"])
def test_who_has_an_answer_already_is_told_so(api: Api, path: str) -> None:
    first = api.client.get(V1 + path)
    again = api.client.get(V1 + path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_who_has_an_old_answer_gets_the_new_one(api: Api, estate: Estate) -> None:
    old = api.client.get(V1 + "addresses/")["ETag"]
    estate.seen(9.5, seen_service("web", annotation="192.0.2.160"))
    answer = api.client.get(V1 + "addresses/", headers={"If-None-Match": old})
    assert answer.status_code == 200
    assert answer["ETag"] != old


def test_it_is_the_same_answer_where_it_comes_compressed(api: Api) -> None:
    first = api.client.get(V1 + "addresses/", headers={"Accept-Encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    headers = {"Accept-Encoding": "gzip", "If-None-Match": first["ETag"]}
    assert api.client.get(V1 + "addresses/", headers=headers).status_code == 304
