"""A subnet on paper: who had what, what was wrong, and as of when."""

from typing import Any

from ipviz.domain.spans import Span, network_text
from ipviz.web.asof import AsOf
from ipviz.web.bands import bands_of
from ipviz.web.pages.subnets import legend_of, subnet_around
from ipviz.web.picture import Picture
from ipviz.web.printed import printed
from ipviz.web.usage import bar_of
from ipviz.web.viewing import Viewing

LINES = 2000
"""More than that nobody reads on paper: the list as a file has all of them."""
FINDINGS = 200


def report_page(shown: Span, segment: str, as_of: AsOf) -> dict[str, Any]:
    """Raises Http404 where no subnet holds it."""
    subnet = subnet_around(shown, segment, as_of.scope)
    picture = Picture(subnet, shown, as_of.at)
    told = Viewing().numbers(picture.survey)
    return {
        "at": as_of.moment,
        "as_of": as_of,
        "subnet": subnet,
        "shown": shown,
        "cidr": network_text(shown),
        "cidr_written": network_text(shown).replace("/", "-"),
        "segment": segment,
        "usage": picture.usage,
        "bar": bar_of(picture.survey.tallies),
        "legend": legend_of(picture.survey.tallies, Viewing()),
        "map": printed(picture, picture.grid) if picture.grid else None,
        "grid": picture.grid,
        "bands": bands_of(picture),
        "findings": picture.findings.whole()[:FINDINGS],
        "findings_count": picture.findings.count(),
        "rows": picture.rows([picture.survey.run(number) for number in told[:LINES]]),
        "left_out": max(0, len(told) - LINES),
    }
