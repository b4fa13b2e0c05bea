"""One cluster by two roads, told by its objects where its own name can't be read."""

from dataclasses import replace

from ipviz.domain.occupants import Occupant
from ipviz.domain.twins import twins_among
from tests.builders import ALPHA, BETA, GMC, HMC, ref, svc


def web(cluster: str, uid: str = "uid-web") -> Occupant:
    return replace(svc("192.0.2.7", cluster), ref=ref("Service", "web", "shop", uid))


def test_a_shared_uid_makes_one_cluster_of_two() -> None:
    assert twins_among([web(GMC), web(HMC)], {HMC}) == {HMC: GMC}
    assert twins_among([web(HMC), web(GMC)], {GMC, HMC}) == {HMC: GMC}


def test_one_that_is_identified_comes_before_one_that_is_not() -> None:
    assert twins_among([web(GMC), web(ALPHA)], {GMC}) == {GMC: ALPHA}


def test_nobody_makes_one_of_two_that_are_identified_as_two() -> None:
    assert twins_among([web(ALPHA), web(GMC), web(HMC)], {ALPHA}) == {ALPHA: GMC}


def test_the_registered_cluster_comes_before_one_that_was_found() -> None:
    assert twins_among([web(ALPHA), web(HMC)], {ALPHA, HMC}) == {ALPHA: HMC}


def test_three_roads_lead_to_one() -> None:
    assert twins_among([web(GMC), web(ALPHA), web(BETA)], {ALPHA, BETA}) == {ALPHA: GMC, BETA: GMC}


def test_clusters_that_are_identified_are_told_apart_by_that() -> None:
    assert twins_among([web(GMC), web(HMC)], set()) == {}
    assert twins_among([web(GMC), web(HMC)], {ALPHA}) == {}


def test_other_uids_and_uids_that_an_export_left_out_tell_nothing() -> None:
    assert twins_among([web(GMC, "uid-1"), web(HMC, "uid-2")], {GMC, HMC}) == {}
    assert twins_among([web(GMC, "shop/web"), web(HMC, "shop/web")], {GMC, HMC}) == {}
