"""Locks of the database that belong to no row: what must not run twice at once."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection


def hold_until_commit(name: str) -> None:
    """Waits for the lock of this name and keeps it until the present transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def take_until_commit(name: str) -> bool:
    """As `hold_until_commit`, but False at once when another transaction holds the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """True while this session holds the lock of this name, False when another one does.

    No transaction is open meanwhile; the lock ends with the session at the latest.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            # A session that was lost has given the lock back.
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
