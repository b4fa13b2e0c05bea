"""Conditions on rows that lie somewhere, as `first_key` and `last_key` say."""

from collections.abc import Sequence

from django.db.models import F, Q

from ipviz.domain.spans import Span, around, first_key, last_key


def meets_any(spans: Sequence[Span]) -> Q:
    """At one of the single addresses, or stretching over some of what lies from the first span to the last.

    Each address is found by its key: the spans may be few and far apart. There must be one.
    """
    whole = around(spans)
    keys = {first_key(each) for each in spans if each.is_single}
    is_wide = Q(first_key__lt=F("last_key"))
    reaches = Q(is_wide, first_key__lte=last_key(whole), last_key__gte=first_key(whole))
    return Q(first_key__in=keys) | reaches
