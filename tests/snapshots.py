"""Rows that many tests begin with: made once per process, and put back by COPY afterwards."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from django.db import connection, transaction

# What migrations put there belongs to every test.
KEPT_TABLES = frozenset(
    {
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
    }
)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    rows: Mapping[str, bytes]
    # The last number that each counter has given.
    counters: Mapping[str, int]
    answer: object


Answer = TypeVar("Answer")
_taken: dict[Hashable, _Snapshot] = {}
# Where these are empty nothing was made yet.
_TELLING = ("auth_user", "tickets_customer", "tickets_source", "tickets_ticket", "sla_terms")


def remembered(key: Hashable, make: Callable[[], Answer]) -> Answer:
    """What `make` says and stores; from the second time on, the same rows are put back.

    In a database that is not empty `make` is simply called. Its answer must hold no model
    instances: they would go from one test into the next.
    """
    if not _is_empty():
        return make()
    taken = _taken.get(key)
    if taken is None:
        before = _copied().keys()
        answer = make()
        rows = {table: rows for table, rows in _copied().items() if table not in before}
        _taken[key] = _Snapshot(rows, _counters(), answer)
        return answer
    with transaction.atomic():
        _put_back(taken)
    return cast("Answer", taken.answer)


def emptied_tables() -> list[str]:
    """All tables that tests fill."""
    return sorted(set(connection.introspection.table_names()) - KEPT_TABLES)


def _is_empty() -> bool:
    checks = " OR ".join(f'EXISTS (SELECT FROM "{table}")' for table in _TELLING)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {checks}")
        return not cursor.fetchone()[0]


def _copied() -> dict[str, bytes]:
    found = {}
    with connection.cursor() as cursor:
        for table in emptied_tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                rows = b"".join(bytes(block) for block in copy)
            if rows:
                found[table] = rows
    return found


def _counters() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value"
            " FROM pg_sequences WHERE last_value IS NOT NULL"
        )
        return dict(cursor.fetchall())


def _put_back(taken: _Snapshot) -> None:
    present = _counters()
    with connection.cursor() as cursor:
        for table, rows in taken.rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(rows)
        for name, last in taken.counters.items():
            # The application's role may count on, but not set a counter.
            missing = last - present.get(name, 0)
            if missing > 0:
                cursor.execute(
                    "SELECT count(nextval(%s)) FROM generate_series(1, %s)", [name, missing]
                )
