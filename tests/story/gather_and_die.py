"""Writes the mails of what was announced and is killed at each statement in turn; see `tests.story.dying`."""

from ipviz.alerts.gather import gather
from ipviz.alerts.models import Alert, Delivery
from ipviz.polling.policy import policy
from ipviz.polling.watch import watch
from tests.factories import minutes, segment
from tests.story.collisions import collide
from tests.story.dying import die_everywhere


def held() -> dict[str, object]:
    """What tells whether news were lost, or told twice."""
    return {
        "alerts": Alert.objects.count(),
        "waiting": Alert.objects.filter(delivery=None).count(),
        "mails": Delivery.objects.count(),
    }


def main() -> None:
    for at in (0, 2):
        collide(at=at)
        watch(segment(), policy=policy(), at=minutes(at + 1))
    die_everywhere(lambda: gather(minutes(4), policy=policy(), at_once=True), held)
