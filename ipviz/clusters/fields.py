"""Columns of our own."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from ipviz.domain.spans import sort_key

KEY_LENGTH = len(sort_key(4, 0))

if TYPE_CHECKING:
    TextColumn = models.CharField[str, str]
else:
    TextColumn = models.CharField


class AddressKeyField(TextColumn):
    """An address as `domain.spans.sort_key` writes it: text whose order is the order of addresses.

    PostgreSQL would sort it by the database's language, so there the column is collated by bytes, as
    SQLite's always are.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = KEY_LENGTH
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
