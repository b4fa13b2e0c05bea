"""What was asked in a query string: a slip of the pen is named, and not answered as if it were not there."""

from collections.abc import Iterable

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from ipviz.clusters.segments import seen_by
from ipviz.domain.scope import Scope

NUL, NUL_REFUSED = "\0", "Null characters are not allowed."
SEGMENT = "segment"


def refuse_nul(request: Request) -> None:
    """No PostgreSQL takes the character NUL, and nothing that is stored has it."""
    wrong = [name for name, texts in request.query_params.lists() if any(NUL in each for each in texts)]
    if wrong:
        raise ValidationError({name: [NUL_REFUSED] for name in wrong})


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """Whoever misspells a filter would take the whole list for what was filtered."""
    names = sorted(known)
    if wrong := [name for name in request.query_params if name not in names]:
        told = f"This can't be asked here: what can is {', '.join(names)}."
        raise ValidationError({name: [told] for name in wrong})


def refuse_unseen_segment(request: Request, scope: Scope) -> None:
    """A segment that is not there has nothing on it: that would read as if all of it were free. One query."""
    name = request.query_params.get(SEGMENT)
    if name and name not in (known := seen_by(scope)):
        they = f"they are {', '.join(known)}" if known else "none is seen"
        raise ValidationError({SEGMENT: [f"There is no segment {name}: {they}."]})
