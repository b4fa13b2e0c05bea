"""The names in a plan: of pools and clusters, as Kubernetes and the provider take them, each of one thing."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from ipviz.domain.needs import Needs
from ipviz.domain.plans import Part, Use, is_called
from ipviz.planning.errors import CannotPlan

POOL = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
"""A name of DNS, as objects bear it."""
CLUSTER = re.compile(r"[A-Za-z0-9._-]{1,253}(/[A-Za-z0-9._-]{1,253}){0,2}")
"""A name, `org-acme/beta`, or a path."""


def check_names(needs: Needs, elsewhere: Collection[str]) -> None:
    """Raises CannotPlan for a name that can't be, or one of a pool that has other addresses."""
    if needs.management and not CLUSTER.fullmatch(needs.management):
        raise CannotPlan("management", f"{needs.management!r} is no name of a cluster.")
    _check_pool("control_plane_pool", needs.control_plane_pool, elsewhere)
    _check_pool("balancer_pool", needs.balancer_pool, elsewhere)
    if needs.control_plane_pool == needs.balancer_pool:
        raise CannotPlan("balancer_pool", "Both pools bear one name: name one otherwise.")
    for part in needs.fixed:
        if part.use.is_pool and part.name:
            _check_pool("parts", part.name, elsewhere)


def _check_pool(field: str, name: str, elsewhere: Collection[str]) -> None:
    if not POOL.fullmatch(name):
        told = "small letters, digits, dashes and dots, at most 63"
        raise CannotPlan(field, f"{name!r} is no name of a pool: it has {told}.")
    if name in elsewhere:
        raise CannotPlan(field, f"There is a pool {name} with other addresses already: name another.")


def name_part(part: Part, needs: Needs, known: Iterable[str]) -> Part:
    """A part as it is meant: a pool by the name that was asked for, a cluster that is there by its path.

    Raises:
        CannotPlan: no name of a cluster, or of several.
    """
    match part.use:
        case Use.CONTROL_PLANES:
            return replace(part, name=part.name or needs.control_plane_pool)
        case Use.BALANCERS:
            return replace(part, name=part.name or needs.balancer_pool)
        case Use.API | Use.INGRESS:
            return replace(part, name=part.name or needs.management)
        case Use.BLOCK:
            return replace(part, name=_cluster(part.name, known))
        case Use.DHCP:
            return replace(part, name="")


def _cluster(name: str, known: Iterable[str]) -> str:
    if not name or name in known:
        return name
    if not CLUSTER.fullmatch(name):
        raise CannotPlan("parts", f"{name!r} is no name of a cluster.")
    called = [path for path in known if is_called(path, name)]
    if len(called) > 1:
        raise CannotPlan("parts", f"Several clusters are called {name}: say which of {', '.join(called)}.")
    return called[0] if called else name
