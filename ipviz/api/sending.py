"""What is written under a path that is read too, and what a writer may send."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.serializers import CharField, Serializer

from ipviz.api.answers import Answers
from ipviz.api.questions import NUL, NUL_REFUSED
from ipviz.api.schema import Described
from ipviz.clusters.segments import to_choose_from
from ipviz.domain.scope import Scope


class DescribedByMethod(Described):
    """What can be chosen of an answer is chosen where one reads."""

    def get_override_parameters(self) -> list[Any]:
        return super().get_override_parameters() if self.method == "GET" else []


class Written(Answers):
    # No docstring: what is read there would be described by it. A moment is for who reads.

    schema = DescribedByMethod()

    def _moment(self, text: str) -> datetime:
        if self.request.method not in SAFE_METHODS:
            raise ValidationError({"at": ["What was can't be changed: leave this out."]})
        return super()._moment(text)


class Text(CharField):
    """As it is sent: a number or a truth value is none.

    NUL is refused before anything else looks at it: of a field all validators are asked, also where the
    first of them objects, and some ask a PostgreSQL, which takes none.
    """

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if NUL in data:
            raise ValidationError(NUL_REFUSED)
        return super().to_internal_value(data)


class Sent(Serializer[Any]):
    # No docstring: each of its shapes would be described by it.
    # It refuses each field that is none of its own: a slip of the pen would else be left out without a word.

    def to_internal_value(self, data: Any) -> Any:
        strange = self._strange(data)
        try:
            read = super().to_internal_value(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **strange}) from error
        if strange:
            raise ValidationError(strange)
        return read

    def _strange(self, data: Any) -> dict[str, list[str]]:
        names = [str(name) for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        return {name: [f"This can't be given here: what can is {', '.join(self.fields)}."] for name in names}


class SegmentField(Text):
    """The name of a segment that is there, and in the `scope` given: a slip of the pen makes no network."""

    def get_default(self) -> Any:
        """What is left out is looked at as what is given: the framework takes a default as it stands."""
        return self.to_internal_value(super().get_default())

    def to_internal_value(self, data: Any) -> str:
        scope: Scope = self.context["scope"]
        name = super().to_internal_value(data)
        known = to_choose_from(scope)
        if name not in known:
            they = f"they are {', '.join(known)}" if known else "none is seen whole"
            there = f"There is no segment {name}: {they}."
            raise ValidationError(f"{there} POST segments/ registers one.")
        return name
