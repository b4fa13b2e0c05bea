"""What is scraped, as figures by name and labels."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from prometheus_client.parser import text_string_to_metric_families

from ipviz.ops.metrics import scraped
from tests.factories import NINE

Figures = dict[tuple[str, ...], float]


def figures(at: datetime = NINE) -> dict[str, Figures]:
    """By the name of the series: of each its value, by its labels in the order of their names."""
    found: dict[str, Figures] = {}
    for family in text_string_to_metric_families(scraped(at).decode()):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            assert labels not in found.setdefault(sample.name, {}), "no series is told twice"
            found[sample.name][labels] = sample.value
    return found


@pytest.fixture
def at_nine() -> Iterator[Callable[[datetime], None]]:
    """The clock stands at nine until it is moved."""
    with time_machine.travel(NINE, tick=False) as clock:
        yield clock.move_to
