"""Questions to ask of what people changed. Nothing of it is ever changed itself."""

from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models import Q, QuerySet

from ipviz.domain.scope import Scope

if TYPE_CHECKING:
    from ipviz.audit.models import Entry


class WrittenForGood(TypeError):
    """Somebody tried to change or to remove what is kept as it was written."""


class EntryQuerySet(QuerySet["Entry"]):
    def in_scope(self, scope: Scope) -> "EntryQuerySet":
        """They are of all that is known: who sees a part of it sees none."""
        return self if scope.is_everything else self.none()

    def about(self, kind: str, ref: object) -> "EntryQuerySet":
        return self.filter(kind=kind, ref=str(ref))

    def speaking_of(self, part: str) -> "EntryQuerySet":
        return self.filter(Q(name__icontains=part) | Q(who__icontains=part) | Q(action__icontains=part))

    def kinds(self) -> list[str]:
        """The kinds of things that somebody changed."""
        return list(self.order_by("kind").values_list("kind", flat=True).distinct())

    def people(self) -> list[str]:
        """Whoever changed something, by the name in the entries."""
        return list(self.order_by("who").values_list("who", flat=True).distinct())

    def update(self, **_: Any) -> NoReturn:
        raise WrittenForGood("An entry of the audit stays as it was written.")

    def delete(self) -> NoReturn:
        raise WrittenForGood("An entry of the audit stays.")
