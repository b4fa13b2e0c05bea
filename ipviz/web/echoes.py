"""What objects say twice is told once."""

from collections.abc import Sequence

from ipviz.domain.occupants import Occupant


def without_echoes(occupants: Sequence[Occupant]) -> list[Occupant]:
    """A VSphereCluster repeats the endpoint of its Cluster, and is left out where that one speaks."""
    speaking = {each.consumer for each in occupants if each.ref.kind == "Cluster"}
    return [each for each in occupants if each.ref.kind != "VSphereCluster" or each.consumer not in speaking]
