"""A segment as it was judged, kept, so that rules are asked again only about what a change touches."""

from collections import defaultdict
from collections.abc import Iterable, Set
from itertools import chain

from ipviz.domain.conclusions import conclude
from ipviz.domain.estate import Estate
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.outlook import following_of
from ipviz.domain.rules.catalogue import RULES
from ipviz.domain.rules.rule import Clash, Part
from ipviz.domain.scene import Scene, scene_of
from ipviz.domain.touched import Changes, Concerned, Touched, touched_by
from ipviz.domain.verdicts import Verdict

Fingerprint = tuple[str, str]
"""Rule and subject."""


class JudgedSegment:
    """What is wrong on a segment, by rule and subject; it follows the segment's changes.

    Built in O(n log n + k) for n occupants and k meetings with ranges. A change costs what the addresses and
    clusters cost that it touches, and the rules that are about the segment as a whole.
    """

    verdicts: dict[Fingerprint, Verdict]
    _scene: Scene
    _concerned: Concerned | None
    _clashes: dict[Fingerprint, dict[Part, list[Clash]]]
    """What rules found of each subject, by the part of the segment that they were asked about."""
    _found: dict[str, dict[Part, set[str]]]
    """The subjects of what each rule found in each part."""
    _unripe: set[Fingerprint]
    """Those of which something counts only later."""
    _told: dict[tuple[Role, str, str, int], tuple[Occupant, set[Fingerprint]]]
    """The verdicts about stretches that say what a pool or a load-balancer range hands out next.

    One about a single address says so where it is the next one, and is asked about when that moves.
    """

    def __init__(self, estate: Estate) -> None:
        self._begin(estate)

    def follow(self, estate: Estate, changes: Changes) -> None:
        """Judge the segment as it is now. The verdicts are those of `JudgedSegment(estate)`.

        Args:
            estate: the segment as it is now.
            changes: how it differs from the one before, all of it.
        """
        if self._concerned is None:
            self._concerned = Concerned(self._scene.statements.base.rows)
        touched = touched_by(self._scene, estate, changes, self._concerned)
        if touched is None or _went_back(self._scene.estate, estate):
            self._begin(estate)
            return
        before, self._scene = self._scene, touched.scene
        paths = (member.path for member in touched.scene.gone_over)
        asked = self._ask(touched.scene, {"", *touched.spans, *paths})
        for fingerprint in asked | self._unripe | self._retold(before, touched):
            self._conclude(fingerprint)

    def _begin(self, estate: Estate) -> None:
        vars(self).pop("_scene", None)  # two at once would take twice the memory
        self.verdicts, self._told, self._found = {}, {}, {rule: {} for rule in RULES}
        self._clashes, self._unripe, self._concerned = defaultdict(dict), set(), None
        self._scene = scene_of(estate)
        for fingerprint in self._ask(self._scene, set()):
            self._conclude(fingerprint)

    def _ask(self, scene: Scene, parts: set[Part]) -> set[Fingerprint]:
        """Ask every rule about what the scene goes over; tell of what there is to conclude again."""
        asked: set[Fingerprint] = set()
        for rule in RULES.values():
            found, held = list(rule.clashes(scene)), self._found[rule.id]
            if held:
                asked |= self._take_back(rule.id, (parts | {part for part, _ in found}) & held.keys())
            for part, clash in found:
                self._clashes[rule.id, clash.subject].setdefault(part, []).append(clash)
                held.setdefault(part, set()).add(clash.subject)
                asked.add((rule.id, clash.subject))
        return asked

    def _take_back(self, rule: str, parts: Iterable[Part]) -> set[Fingerprint]:
        """Forget what a rule found in some parts; tell of what there is to conclude again."""
        taken: set[Fingerprint] = set()
        for part in parts:
            for subject in self._found[rule].pop(part):
                del self._clashes[rule, subject][part]
                taken.add((rule, subject))
        return taken

    def _conclude(self, fingerprint: Fingerprint) -> None:
        rule, at = RULES[fingerprint[0]], self._scene.estate.judged_at
        by_part = self._clashes.get(fingerprint, {})
        held = list(chain.from_iterable(by_part[part] for part in sorted(by_part, key=_part_order)))
        ripe = [each for each in held if not (at and each.fresh_until and at < each.fresh_until)]
        if len(ripe) == len(held):
            self._unripe.discard(fingerprint)
        else:
            self._unripe.add(fingerprint)
        if not held:
            self._clashes.pop(fingerprint, None)
        if ripe:
            self.verdicts[fingerprint] = conclude(rule, ripe, self._scene)
            self._remember_ranges(fingerprint, ripe)
        else:
            self.verdicts.pop(fingerprint, None)

    def _remember_ranges(self, fingerprint: Fingerprint, clashes: Iterable[Clash]) -> None:
        wide = (clash for clash in clashes if clash.span is None or not clash.span.is_single)
        for each in chain.from_iterable(clash.occupants for clash in wide):
            if each.role in RANGE_ROLES:
                key = each.role, each.cluster, each.pool, each.span.version
                self._told.setdefault(key, (each, set()))[1].add(fingerprint)

    def _retold(self, before: Scene, touched: Touched) -> Set[Fingerprint]:
        """The verdicts that tell what is handed out next, where that is another now, or in use."""
        found: set[Fingerprint] = set()
        for occupant, fingerprints in self._told.values():
            old, new = (following_of(occupant, scene) for scene in (before, touched.scene))
            if old != new or new in touched.stated:
                found |= fingerprints & self._clashes.keys()
        return found


def _went_back(before: Estate, estate: Estate) -> bool:
    """Say whether the clock did: then what counted already may not count yet."""
    return bool(before.judged_at and estate.judged_at and estate.judged_at < before.judged_at)


def _part_order(part: Part) -> tuple[bool, str]:
    return isinstance(part, str), str(part)
