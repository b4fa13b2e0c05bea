"""What a poll proves: an absence counts only where its list could have shown the opposite (ADR 3)."""

from collections.abc import Mapping
from dataclasses import replace

from ipviz.domain.seen import Observation, Read, Unread

NO_LONGER_KNOWN = "the API no longer knows this kind, of which it had objects"
NOT_LOCATED = "Deployments were not read, which say in which ConfigMaps the ranges are"


def as_evidence(observation: Observation, known: Mapping[str, int]) -> Observation:
    """The observation with every list that would end what it cannot speak of turned into an unread one.

    Args:
        known: how many objects of each kind the last whole list had.
    """
    kinds = dict(observation.kinds)
    for kind, read in observation.kinds.items():
        if isinstance(read, Read) and not read.installed and known.get(kind):
            kinds[kind] = Unread(NO_LONGER_KNOWN)
    found = kinds.get("ConfigMap")
    is_fewer = isinstance(found, Read) and len(found.records) < known.get("ConfigMap", 0)
    if is_fewer and isinstance(kinds.get("Deployment"), Unread):
        # By their usual names alone, one that a Deployment names would look gone.
        kinds["ConfigMap"] = Unread(NOT_LOCATED)
    return replace(observation, kinds=kinds)
