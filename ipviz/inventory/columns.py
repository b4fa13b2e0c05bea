"""Columns that the database writes as they are told, for lists of which there may be very many rows."""

from typing import Any

from django.db.models import Func, TextField


class MomentText(Func):
    """A moment as ISO 8601 in UTC, as the JSON encoder writes it: to read it takes longer than all else."""

    arity = 1
    output_field = TextField()
    template = "replace(%(expressions)s, ' ', 'T') || 'Z'"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        parts = "'YYYY-MM-DD\"T\"HH24:MI:SS.US'"
        written = f"to_char(%(expressions)s AT TIME ZONE 'UTC', {parts})"
        template = f"replace({written}, '.000000', '') || 'Z'"
        return self.as_sql(compiler, connection, template=template, **context)
