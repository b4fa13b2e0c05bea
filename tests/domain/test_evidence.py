"""What a poll proves, and what it does not."""

from ipviz.domain.evidence import as_evidence
from ipviz.domain.seen import Observation, Read, Ref, SeenConfigMap, Unread

CONFIG = SeenConfigMap(Ref("ConfigMap", "kube-system", "kubevip", "uid"))


def test_a_kind_that_its_api_no_longer_knows_is_not_empty() -> None:
    observation = Observation({"IPAddress": Read(installed=False)})
    assert isinstance(as_evidence(observation, {"IPAddress": 3}).kinds["IPAddress"], Unread)
    assert as_evidence(observation, {"IPAddress": 0}) == observation
    assert as_evidence(observation, {}) == observation


def test_a_config_map_that_a_deployment_named_is_not_gone_while_deployments_are_unread() -> None:
    observation = Observation({"Deployment": Unread("403"), "ConfigMap": Read()})
    assert isinstance(as_evidence(observation, {"ConfigMap": 1}).kinds["ConfigMap"], Unread)
    found = Observation({"Deployment": Unread("403"), "ConfigMap": Read((CONFIG,))})
    assert as_evidence(found, {"ConfigMap": 1}) == found
    read = Observation({"Deployment": Read(), "ConfigMap": Read()})
    assert as_evidence(read, {"ConfigMap": 1}) == read
