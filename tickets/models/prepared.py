"""A cursor for one statement that is done again and again: prepared once per connection."""

from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


class _Prepared(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
        return super().execute(query, params, prepare=True)


def prepared_cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    """As `connection.cursor()`, but the values travel beside the statement, not written into it."""
    connection.ensure_connection()
    cursor = _Prepared(connection.connection)
    wrapped: CursorWrapper = connection._prepare_cursor(cursor)  # type: ignore[attr-defined]  # noqa: SLF001  (Django's own way: counted and logged as any other)
    return wrapped
