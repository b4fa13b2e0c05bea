"""What somebody may see, a person or a program: some segments whole, some clusters, or everything."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """By names: what is registered anew under the same name is seen again. Empty is everything."""

    segments: frozenset[str] = frozenset()
    clusters: frozenset[str] = frozenset()
    """By their paths, or by how these begin: `gmc` stands for its workload clusters too, and `gmc/org-acme`
    for those of that organisation in it."""

    @property
    def is_everything(self) -> bool:
        return not (self.segments or self.clusters)

    def sees_segment(self, segment: str) -> bool:
        """All that is on it, and what is declared of it."""
        return self.is_everything or segment in self.segments

    def sees_cluster(self, path: str, segment: str) -> bool:
        """What was seen in a cluster that lives on that segment."""
        return self.sees_segment(segment) or any(
            path == each or path.startswith(f"{each}/") for each in self.clusters
        )


EVERYTHING = Scope()
"""What is seen by whoever is not limited."""
