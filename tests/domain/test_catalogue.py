from ipviz.domain.rules.catalogue import RULES, rows


def test_every_rule_has_a_row_in_plain_words() -> None:
    assert [row.id for row in rows()] == list(RULES)
    for row in rows():
        assert row.anchor == row.id.lower()
        for text in (row.title, row.what, row.remedy):
            assert text[0].isupper() or text.startswith("kube-vip")
        assert row.what.endswith(".")
        assert not row.title.endswith(".")


def test_no_two_rules_say_the_same() -> None:
    assert len({row.title for row in rows()}) == len({row.what for row in rows()}) == len(rows())
