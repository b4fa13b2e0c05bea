"""B2: somebody else answers at a cluster's API address."""

from ipviz.domain.seen import Fault
from tests.builders import BETA, GAMMA, GMC, cpe, estate, facts, svc
from tests.verdicts import only, said

REASON = "https://192.0.2.9:6443: its TLS certificate is not trusted: unable to get local issuer certificate"
UNTRUSTED = facts(GAMMA, error=REASON, fault=Fault.UNTRUSTED)


def test_an_unknown_authority_at_a_workload_clusters_endpoint_is_critical() -> None:
    verdict = only(estate(cpe("192.0.2.9", GAMMA), clusters=[facts(GMC), UNTRUSTED]), "B2")
    assert (verdict.severity, verdict.subject, str(verdict.span)) == ("critical", GAMMA, "192.0.2.9")
    assert verdict.title == "Another host may answer at 192.0.2.9, the API address of gamma (workload of gmc)"
    assert "unable to get local issuer" in verdict.explanation
    assert "openssl s_client -connect 192.0.2.9:6443" in verdict.remedy


def test_whoever_else_states_the_address_is_named() -> None:
    verdict = only(
        estate(
            cpe("192.0.2.9", GAMMA),
            svc("192.0.2.9", BETA),
            clusters=[facts(GMC), facts(BETA), UNTRUSTED],
        ),
        "B2",
    )
    assert "also stated by" in verdict.explanation
    assert "beta" in verdict.explanation


def test_it_waits_for_nobody_who_cannot_be_read() -> None:
    verdict = only(
        estate(
            cpe("192.0.2.9", GAMMA),
            svc("192.0.2.9", BETA),
            clusters=[facts(GMC), facts(BETA), UNTRUSTED],
        ),
        "B2",
    )
    assert verdict.rests_on == {(GMC, "Cluster")}


def test_an_endpoint_by_name_has_no_address_to_point_at() -> None:
    verdict = only(estate(clusters=[facts(GMC), UNTRUSTED]), "B2")
    assert verdict.span is None
    assert verdict.title == "Another host may answer at the API address of gamma (workload of gmc)"


def test_other_faults_and_management_clusters_are_only_blind_spots() -> None:
    for fault in set(Fault) - {Fault.UNTRUSTED}:
        assert said(estate(clusters=[facts(GAMMA, error="it fails", fault=fault)])) == [("B1", "high", GAMMA)]
    alone = facts(GMC, error=REASON, fault=Fault.UNTRUSTED)
    assert said(estate(clusters=[alone])) == [("B1", "high", GMC)]
