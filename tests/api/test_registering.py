"""Clusters, added, moved and removed by programs as on the pages of settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from ipviz.accounts.models import Role
from ipviz.accounts.roles import give_role
from ipviz.clusters.models import Cluster, Segment
from ipviz.polling.demo import offer_demo
from tests.api.asking import Api
from tests.api.conftest import Estate
from tests.apiserver import READER, FakeApiServer

NEW = {"name": "new", "kubeconfig": "new.kubeconfig"}


@pytest.fixture
def admin(db: None) -> Api:
    """A person who is signed in: no token administers."""
    anna = User.objects.create_user("anna")
    give_role(anna, Role.ADMIN)
    api = Api()
    api.client.force_login(anna)
    return api


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[FakeApiServer]:
    """A cluster whose kubeconfig was laid down."""
    settings.KUBECONFIG_DIR = tmp_path / "kubeconfigs"
    settings.KUBECONFIG_DIR.mkdir()
    with FakeApiServer("new") as started:
        started.write_kubeconfig(settings.KUBECONFIG_DIR / "new.kubeconfig", READER)
        yield started


def test_one_that_answers_is_registered_and_neither_its_file_nor_what_is_in_it_is_told(
    admin: Api, server: FakeApiServer, settings: Settings
) -> None:
    made = admin.post("clusters/", **NEW)
    assert made.status == 201, made
    assert {"name": "new", "kind": "management", "segment": "default"}.items() <= made.body.items()
    assert made.headers["Location"] == f"/api/v1/clusters/{made.body['id']}/"
    assert admin.get(f"clusters/{made.body['id']}/").body == made.body
    assert Cluster.objects.get().kubeconfig == str(settings.KUBECONFIG_DIR / "new.kubeconfig")
    assert "kubeconfig" not in str(made.body)
    again = admin.post("clusters/", **NEW)
    assert (again.status, "choose another name" in again.body["detail"]) == (409, True)


def test_the_demo_goes_with_the_first(admin: Api, server: FakeApiServer) -> None:
    offer_demo()
    assert admin.post("clusters/", **NEW).status == 201
    assert [each.name for each in Cluster.objects.all()] == ["new"]


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"kubeconfig": "../new.kubeconfig"}, "kubeconfig", "there are: new.kubeconfig"),
        ({"kubeconfig": "/etc/passwd"}, "kubeconfig", "there are: new.kubeconfig"),
        ({"kubeconfig": ""}, "kubeconfig", "there are: new.kubeconfig"),
        ({"kubeconfig": {"apiVersion": "v1"}}, "kubeconfig", "Not a valid string"),
        ({"in_cluster": True}, "in_cluster", "and not both"),
        ({"kubeconfig": "", "in_cluster": True}, "in_cluster", "does not run in a cluster"),
        ({"name": "a/b"}, "name", "is not a name"),
        ({"segment": "nowhere"}, "segment", "POST segments/ registers one"),
        ({"token": "secret"}, "token", "can't be given here"),
        ({"dump": "/tmp"}, "dump", "can't be given here"),
    ],
)
def test_a_wrong_field_is_named_and_nobody_is_asked(
    admin: Api, server: FakeApiServer, facts: dict[str, Any], field: str, words: str
) -> None:
    answer = admin.post("clusters/", **NEW | facts)
    assert (answer.status, answer.media_type) == (400, "application/problem+json")
    assert list(answer.body["errors"]) == [field]
    assert words in answer.body["errors"][field][0]
    assert server.requests == []
    assert not Cluster.objects.exists()


def test_one_that_does_not_answer_is_not_registered(
    admin: Api, server: FakeApiServer, settings: Settings
) -> None:
    (settings.KUBECONFIG_DIR / "new.kubeconfig").write_text("nothing")
    answer = admin.post("clusters/", **NEW)
    assert (answer.status, list(answer.body["errors"])) == (400, ["kubeconfig"])
    assert "new was not added" in answer.body["detail"]
    assert not Segment.objects.exists()


def test_no_token_adds_or_removes_one(operator: Api, server: FakeApiServer, estate: Estate) -> None:
    for answer in (operator.post("clusters/", **NEW), operator.delete(f"clusters/{estate.gmc.pk}/")):
        assert (answer.status, answer.media_type) == (403, "application/problem+json")
        assert answer.body["detail"] == "This needs the role admin, which people have and no token has."
    assert Cluster.objects.filter(pk=estate.gmc.pk).exists()


def test_another_site_leads_no_admin(server: FakeApiServer, admin: Api, estate: Estate) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="anna"))
    assert browser.delete(f"/api/v1/clusters/{estate.gmc.pk}/").status_code == 403
    assert Cluster.objects.filter(pk=estate.gmc.pk).exists()


def test_one_moves_with_its_workload_clusters_and_both_segments_are_judged(
    operator: Api, estate: Estate
) -> None:
    path = f"clusters/{estate.gmc.pk}/"
    moved = operator.patch(path, segment="lab")
    assert (moved.status, moved.body["segment"]) == (200, "lab")
    assert operator.get(f"clusters/{estate.beta.pk}/").body["segment"] == "lab"
    assert [each.name for each in Segment.objects.to_judge()] == ["default", "lab"]
    assert operator.patch(path, segment="lab").body == moved.body, "asked again, it is there already"


@pytest.mark.parametrize(
    ("sent", "field"), [({"segment": "nowhere"}, "segment"), ({}, "segment"), ({"name": "x"}, "name")]
)
def test_a_wrong_move_is_named(operator: Api, estate: Estate, sent: dict[str, str], field: str) -> None:
    answer = operator.patch(f"clusters/{estate.gmc.pk}/", **sent)
    assert answer.status == 400
    assert field in answer.body["errors"]


def test_a_workload_cluster_goes_with_its_management_cluster(
    operator: Api, admin: Api, estate: Estate
) -> None:
    path = f"clusters/{estate.beta.pk}/"
    for answer in (operator.patch(path, segment="lab"), admin.delete(path)):
        assert (answer.status, answer.media_type) == (409, "application/problem+json")
        assert "goes with its management cluster gmc" in answer.body["detail"]


def test_a_second_road_is_moved_where_the_first_leads(operator: Api, estate: Estate) -> None:
    Cluster.objects.filter(pk=estate.hmc.pk).update(same_as=estate.gmc)
    answer = operator.patch(f"clusters/{estate.hmc.pk}/", segment="default")
    assert (answer.status, answer.body["detail"]) == (409, "hmc is another name of gmc; move that one")


def test_a_removed_one_is_gone_with_its_workload_clusters(admin: Api, estate: Estate) -> None:
    path = f"clusters/{estate.gmc.pk}/"
    assert admin.delete(path).status == 204
    assert admin.names("clusters/") == ["hmc"]
    assert admin.delete(path).status == 404
