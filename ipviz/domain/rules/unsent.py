"""B3: what is found here does not leave: messages about the segment have been waiting for too long."""

from collections.abc import Iterable

from ipviz.domain.rules.rule import Clash, Rule, Words
from ipviz.domain.running import STUCK_AFTER
from ipviz.domain.scene import Scene
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import steps


def _stuck(scene: Scene) -> Iterable[Clash]:
    since, at = scene.estate.unsent_since, scene.estate.judged_at
    if since and at and at - since > STUCK_AFTER:
        yield Clash(
            "messages", Severity.HIGH, note=f"The oldest was written at {since:%Y-%m-%d %H:%M:%S} UTC."
        )


def _tell(clash: Clash) -> Words:
    remedy = steps(
        "The page of alerts shows each that waits, with what the server said at every try.",
        "Look at the mail server of EMAIL_URL, and at hooks that do not answer.",
        "Messages go out by themselves once they can.",
    )
    return Words("Messages about this segment are not getting out", B3.explain(clash), remedy)


B3 = Rule(
    id="B3",
    finding_class=FindingClass.BLIND_SPOT,
    severity=Severity.HIGH,
    title="Messages are not getting out",
    what="Whoever is to be told of what is found on this segment does not hear of it.",
    remedy="Mend the way to the mail server, or to the hook: the page of alerts says what was answered.",
    on_segment=_stuck,
    tell=_tell,
)
