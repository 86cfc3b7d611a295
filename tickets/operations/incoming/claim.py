"""Taking waiting deliveries, so that no two workers understand the same one."""

from datetime import datetime
from typing import LiteralString

from django.db import connection

_FIRST_LEASE_SECONDS = 10
# What is claimed together is read together: 25 MB mails must not meet in memory by the dozen.
_MOST_BYTES = 16 * 1024 * 1024


def claim_deliveries(*, now: datetime, limit: int) -> list[int]:
    """Takes waiting deliveries that are due for the first time; each comes back after its lease.

    At most `limit`, and no more than 16 MB of them (but always one).
    """
    return _claim("attempts = 0", now, limit)


def claim_one_again(*, now: datetime) -> list[int]:
    """Takes one delivery whose earlier try did not end well.

    Alone, because it may kill its worker: others must not share its attempts.
    """
    return _claim("attempts > 0", now, 1)


def _claim(which: LiteralString, now: datetime, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        # A common table expression: a subquery that locks may run once per row of the outer
        # scan, whenever the planner so decides, and then claim more than the limit.
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT id, size, next_attempt_at FROM tickets_delivery
                WHERE state = 'waiting' AND next_attempt_at <= %s AND {which}
                ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            ), few AS (
                SELECT id FROM (
                    SELECT id, sum(size) OVER (ORDER BY next_attempt_at, id) - size AS before
                    FROM due
                ) AS measured WHERE before < %s
            )
            UPDATE tickets_delivery AS delivery SET attempts = attempts + 1,
                next_attempt_at = %s + %s::interval * power(2, attempts)
            FROM few WHERE delivery.id = few.id RETURNING delivery.id
            """,  # noqa: S608  (a literal of this module)
            [now, limit, _MOST_BYTES, now, f"{_FIRST_LEASE_SECONDS} seconds"],
        )
        return sorted(row[0] for row in cursor.fetchall())
