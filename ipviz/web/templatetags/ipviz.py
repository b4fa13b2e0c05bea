"""Tags and filters of the pages."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ipviz.clusters.models import DEFAULT_SEGMENT, Subnet
from ipviz.domain.occupants import RANGE_ROLES, Occupant
from ipviz.domain.seen import Ref
from ipviz.domain.spans import Span, address_text
from ipviz.domain.words import ROLES_IN_WORDS, kubectl, served_in_words
from ipviz.findings.models import Party
from ipviz.web import plotly, words

register = template.Library()


@register.simple_tag(takes_context=True)
def ago(context: Context, when: datetime | None, form: str = "ago") -> SafeString | str:
    """A time as people say it, with the exact one on hover; `form` "for" leaves out the "ago"."""
    if when is None:
        return "never"
    at: datetime = context["at"]
    text = words.ago(when, at) if form == "ago" else words.duration(at - when)
    exact = when.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC" data-form="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        exact.strftime("%Y-%m-%d %H:%M:%S"),
        form,
        text,
    )


@register.simple_tag
def address_url(address: Any, segment: str = DEFAULT_SEGMENT) -> str:
    url = reverse("web:address", args=[str(address)])
    return url if segment == DEFAULT_SEGMENT else f"{url}?segment={segment}"


@register.simple_tag
def first_address_url(span: Span, segment: str = DEFAULT_SEGMENT) -> str:
    """The page of the first address of a range."""
    return address_url(Span(span.version, span.first, span.first), segment)


@register.simple_tag
def subnet_url(subnet: Subnet, span: Span) -> str:
    """The map of a subnet, with the first address of the span chosen."""
    url = subnet.get_absolute_url()
    return f"{url}{'&' if '?' in url else '?'}address={address_text(span.version, span.first)}"


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
