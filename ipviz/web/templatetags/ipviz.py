"""Tags and filters of the pages."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ipviz.alerts.wording import shown
from ipviz.clusters.models import DEFAULT_SEGMENT, Subnet
from ipviz.domain.moments import moment_text
from ipviz.domain.occupants import RANGE_ROLES, Occupant
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span, address_text, network_text, smallest_network
from ipviz.domain.words import ROLES_IN_WORDS, kubectl, served_in_words
from ipviz.findings.models import Party
from ipviz.web import plotly, words
from ipviz.web.bands import band_id
from ipviz.web.grid import Grid

register = template.Library()

OUTLINED = 50
"""Of a band, so many of its ranges are outlined on the map."""


@register.simple_tag(takes_context=True)
def ago(context: Context, when: datetime | None, form: str = "ago") -> SafeString | str:
    """A time as people say it, with the exact one on hover; `form` "for" leaves out the "ago".

    Where a past moment is looked at, a time is told exactly, and a length up to that moment.
    """
    if when is None:
        return "never"
    if past := _past(context):
        text = words.duration(past - when) if form == "for" else _exact(when, "%Y-%m-%d %H:%M")
        return _time(when, text, "")
    at: datetime = context["at"]
    return _time(when, words.ago(when, at) if form == "ago" else words.duration(at - when), form)


@register.filter
def of(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def ago_from_now(context: Context, when: datetime) -> SafeString:
    """How long ago it is for who reads, whichever moment is looked at."""
    return _time(when, words.ago(when, context["as_of"].now), "ago")


def _time(when: datetime, text: str, form: str) -> SafeString:
    renewed = format_html(' data-form="{}"', form) if form else ""
    exact = when.astimezone(UTC).isoformat(timespec="seconds")
    title = _exact(when, "%Y-%m-%d %H:%M:%S")
    return format_html('<time datetime="{}" title="{} UTC"{}>{}</time>', exact, title, renewed, text)


def _exact(when: datetime, form: str) -> str:
    return when.astimezone(UTC).strftime(form)


def _past(context: Context) -> datetime | None:
    """The past moment that the page looks at, if it does."""
    looked_at = context.get("as_of")
    return looked_at.at if looked_at else None


def _with_moment(context: Context, url: str, segment: str = DEFAULT_SEGMENT, **asked: str) -> str:
    """The address of a page that tells of the same moment."""
    if segment != DEFAULT_SEGMENT:
        asked = {"segment": segment, **asked}
    if past := _past(context):
        asked["at"] = moment_text(past)
    return f"{url}?{urlencode(asked, safe=':')}" if asked else url


@register.simple_tag(takes_context=True)
def address_url(context: Context, address: Any, segment: str = DEFAULT_SEGMENT) -> str:
    return _with_moment(context, reverse("web:address", args=[str(address)]), segment)


@register.simple_tag(takes_context=True)
def first_address_url(context: Context, span: Span, segment: str = DEFAULT_SEGMENT) -> str:
    """The page of the first address of a range."""
    return address_url(context, Span(span.version, span.first, span.first), segment)


@register.simple_tag(takes_context=True)
def subnet_url(context: Context, subnet: Subnet, span: Span | None = None) -> str:
    """The map of a subnet, with the first address of the span chosen."""
    chosen = {"address": address_text(span.version, span.first)} if span else {}
    path = reverse("web:subnet", args=[subnet.cidr.replace("/", "-")])
    return _with_moment(context, path, subnet.segment.name, **chosen)


@register.simple_tag(takes_context=True)
def block_url(context: Context, segment: str) -> str:
    """The map of a block, which the browser writes in the place of BLOCK."""
    return _with_moment(context, reverse("web:subnet", args=["BLOCK"]), segment)


@register.simple_tag
def cells_of(grid: Grid | None, spans: Span | Sequence[Span]) -> str:
    """The cells of some ranges, as the page's scripts read them: `20-150 236-236`; empty without a grid."""
    listed = [spans] if isinstance(spans, Span) else spans[:OUTLINED]
    return " ".join("{}-{}".format(*grid.cells_of(span)) for span in listed) if grid else ""


@register.simple_tag
def bands_around(ranges: Sequence[Occupant]) -> str:
    """The bands to which some ranges belong, as the page's scripts name them."""
    return " ".join(sorted({band_id(each) for each in ranges}))


@register.simple_tag
def changes_url(
    within: Span | None = None, segment: str = "", cluster: str = "", until: datetime | None = None
) -> str:
    """What happened, narrowed to this; a range that is no network to the smallest one around it."""
    network = network_text(smallest_network(within)) if within else ""
    asked = {"within": network, "segment": segment, "cluster": cluster}
    if until:
        asked["until"] = moment_text(until)
    return f"{reverse('web:changes')}?{urlencode({k: v for k, v in asked.items() if v}, safe=':/')}"


@register.simple_tag
def declare_url(cidr: Any, segment: str = DEFAULT_SEGMENT) -> str:
    """Where a subnet is declared, filled in."""
    asked = {"cidr": str(cidr), **({"segment": segment} if segment != DEFAULT_SEGMENT else {})}
    return f"{reverse('web:settings-subnets')}?{urlencode(asked, safe=':/')}#declare"


@register.simple_tag
def consumer_words(occupant: Occupant) -> str:
    if occupant.role in RANGE_ROLES:
        return ""
    return served_in_words(occupant.consumer, last_part(occupant.consumer.cluster))


register.filter("grouped", words.grouped)


@register.filter
def counted(number: int, noun: str) -> str:
    """`3` and `subnet` as `3 subnets`; `entry,entries` names an irregular plural."""
    singular, _, plural = noun.partition(",")
    return words.counted(number, singular, plural)


@register.filter
def role_words(role: str) -> str:
    return ROLES_IN_WORDS.get(role, role)


@register.filter
def severity_glyph(severity: str) -> str:
    return words.SEVERITY_GLYPHS.get(severity, "○")


@register.filter
def status_words(status: str) -> str:
    return words.STATUSES.get(status, status)


@register.filter
def reason_words(reason: str) -> str:
    return words.REASONS.get(reason, reason)


@register.filter
def address_shown(address: str) -> str:
    """Whom something is sent to; of a hook not its path, which may be a secret."""
    return shown(address)


@register.filter
def class_words(finding_class: str) -> str:
    return words.CLASSES.get(finding_class, finding_class)


@register.filter
def last_part(path: str) -> str:
    """`gmc/org-acme/beta` as `beta`."""
    return path.rsplit("/", 1)[-1]


register.simple_tag(plotly.style_id, name="plotly_style_id")


@register.simple_tag
def look_command(party: Party) -> str:
    return kubectl("get", Ref(party.kind, party.namespace, party.name, ""), "-o yaml")


register.filter("remedy_parts", words.remedy_parts)


register.filter("moment", moment_text)


@register.filter
def what_words(what: str) -> str:
    return words.HAPPENED.get(what, what)
