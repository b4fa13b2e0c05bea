"""The pages that list the rules, docs/rules.md and the program's own, written from the rules themselves."""

from itertools import groupby

from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.rules.rule import Rule
from ipviz.domain.verdicts import FindingClass

HEAD = """# What ipviz finds

Written from the rules themselves; change those, not this page (CONTRIBUTING.md says how it is renewed). The
severity is the usual one: a single finding may be milder, and then says why. What each rule is careful about
is in [domain.md](domain.md).
"""

CLASSES = {
    FindingClass.COLLISION: ("Collisions", "Two use one address now. These are mailed."),
    FindingClass.HAZARD: ("Hazards", "Nobody fights yet, and an allocator will make it so unaided."),
    FindingClass.CAPACITY: ("Capacity", "An allocator is running out, or holds what nobody uses."),
    FindingClass.BLIND_SPOT: ("Blind spots", "Something cannot be seen, so nothing there can be ruled out."),
}


def rules_by_class() -> list[tuple[str, str, list[Rule]]]:
    """Each class with its title, what it is, and its rules, in the order of the catalogue."""
    classes = groupby(RULES.values(), key=lambda rule: rule.finding_class)
    return [(*CLASSES[finding_class], [*rules]) for finding_class, rules in classes]


def page() -> str:
    """Markdown, a section for each class and rule."""
    parts = [HEAD]
    for title, says, rules in rules_by_class():
        parts.append(f"## {title}\n\n{says}\n")
        parts.extend(_section(rule) for rule in rules)
    return "\n".join(parts)


def _section(rule: Rule) -> str:
    return (
        f"### {rule.id}: {rule.title}\n\n"
        f"Severity: {rule.severity}\n\n"
        f"{rule.what}\n\n"
        f"**What to do.** {rule.remedy}\n"
    )
