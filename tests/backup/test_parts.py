"""No table is forgotten: each is part of a backup, or is left out for a reason that is written down."""

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model

from ipviz.backup.parts import LEFT_OUT, PARTS, Part

LABELS = [part.label for part in PARTS]


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_every_table_is_in_a_backup_or_left_out_for_a_reason(model: type[Model]) -> None:
    label = model._meta.label_lower
    assert (label in LABELS) != (label in LEFT_OUT), (
        f"{label}: name it in ipviz/backup/parts.py, in PARTS if people entered it, else in LEFT_OUT with why"
    )


def test_no_table_is_named_that_is_not_there() -> None:
    assert {*LABELS, *LEFT_OUT} <= {model._meta.label_lower for model in apps.get_models()}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.label)
def test_what_it_is_without_are_fields_of_it_that_can_begin_anew(part: Part) -> None:
    fields = {f.name: f for f in (*part.model._meta.local_fields, *part.model._meta.local_many_to_many)}
    assert part.without <= fields.keys()
    for name in part.without:
        assert fields[name].null or fields[name].has_default() or fields[name].many_to_many, name


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.label)
def test_a_row_that_needs_another_comes_with_it(part: Part) -> None:
    for field in part.model._meta.local_fields:
        if isinstance(field, ForeignKey) and field.name not in part.without:
            needed = field.related_model._meta.label_lower
            assert needed in LABELS[: LABELS.index(part.label) + 1], f"{field} needs {needed} before it"
