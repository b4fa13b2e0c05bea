"""What a page and the API may have read: files that the operator laid into one folder, or our pod's account.

Neither takes a path or a credential (ADR 21).
"""

from pathlib import Path
from typing import Literal

from django.conf import settings

from ipviz.clusters.registry import Where
from ipviz.kube.connection import runs_in_cluster

MOST = 200

Part = Literal["kubeconfig", "in_cluster", "context"]


class WrongSource(ValueError):
    """A cluster can't be read so; the text says why, `about` which part is wrong."""

    def __init__(self, text: str, about: Part) -> None:
        super().__init__(text)
        self.about = about


def laid_down(folder: Path) -> list[str]:
    """Their names, in order; hidden ones are none. Empty where there is no such folder."""
    try:
        names = sorted(each.name for each in folder.iterdir() if each.is_file())
    except OSError:
        return []
    return [name for name in names if not name.startswith(".") and name.isprintable()][:MOST]


def read_with(kubeconfig: str, context: str, *, in_cluster: bool) -> Where:
    """Where a cluster is read from: a file by its name in the folder, or our pod's own account.

    Raises:
        WrongSource: neither or both, a file that was not laid down, an account or context that is not there.
    """
    if in_cluster and kubeconfig:
        raise WrongSource(
            "A cluster is read with a kubeconfig file or in_cluster, and not both.", "in_cluster"
        )
    if in_cluster and not runs_in_cluster():
        raise WrongSource("ipviz does not run in a cluster: name a kubeconfig file.", "in_cluster")
    if in_cluster and context:
        raise WrongSource("A context goes with a kubeconfig file.", "context")
    if in_cluster:
        return Where(in_cluster=True)
    folder = Path(settings.KUBECONFIG_DIR)
    known = laid_down(folder)
    if kubeconfig not in known:
        there = ", ".join(known) or "none"
        raise WrongSource(
            f"No file of that name was laid into the folder of kubeconfigs; there are: {there}.", "kubeconfig"
        )
    return Where(kubeconfig=str(folder / kubeconfig), context=context)
