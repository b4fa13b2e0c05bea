"""Judges a segment and is killed at each statement in turn; `main` is for a process of its own.

It expects Django with a migrated database; what it prints, `tests.story.dying` says.
"""

from ipviz.alerts.models import Alert, Delivery
from ipviz.findings.models import Finding, Party, Transition
from ipviz.inventory.models import UsageSample
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.factories import minutes, segment
from tests.story.collisions import collide, end_some
from tests.story.dying import die_everywhere


def held() -> dict[str, object]:
    """What tells a judgement that is whole from one that is not."""
    return {
        "findings": sorted(Finding.objects.values_list("rule", "subject", "status")),
        "parties": Party.objects.count(),
        "transitions": Transition.objects.count(),
        "alerts": Alert.objects.count(),
        "deliveries": Delivery.objects.count(),
        "samples": UsageSample.objects.count(),
    }


def main() -> None:
    collide(at=0)
    watch(segment(), policy=policy(), at=minutes(1))
    collide(at=2)
    watch(segment(), policy=policy(), at=minutes(3))
    end_some(at=4)
    die_everywhere(lambda: watch(segment(), policy=policy(), at=minutes(5)), held)
