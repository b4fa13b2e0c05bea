from pathlib import Path

from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.rules.page import page

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_every_rule_speaks_plain_words() -> None:
    for rule in RULES.values():
        for text in (rule.title, rule.what, rule.remedy):
            assert text[0].isupper() or text.startswith("kube-vip")
        assert rule.what.endswith(".")
        assert not rule.title.endswith(".")


def test_no_two_rules_say_the_same() -> None:
    assert len({rule.title for rule in RULES.values()}) == len(RULES)
    assert len({rule.what for rule in RULES.values()}) == len(RULES)


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    assert (DOCS / "rules.md").read_text() == page()
