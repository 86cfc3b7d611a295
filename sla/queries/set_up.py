"""Which set-up a reading of clocks needs: one small query tells whether what we know is current."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from sla.models import EscalationPolicy, Hook

_HOOKS = Hook._meta.db_table  # noqa: SLF001  (Django documents it)
_POLICIES = EscalationPolicy._meta.db_table  # noqa: SLF001
# The ids and revisions of hooks only grow: whatever is saved of one changes their sum.
_SQL = f"""
SELECT policy.id, policy.made_at, hooks.newest, hooks.revisions
FROM (SELECT max(id) AS newest, coalesce(sum(revision), 0)::bigint AS revisions FROM {_HOOKS}) hooks
LEFT JOIN (SELECT id, made_at FROM {_POLICIES} ORDER BY id DESC LIMIT 1) policy ON TRUE
"""  # noqa: S608  (names of our own tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What tells one set-up from another: the newest policy, and the hooks as they stand."""

    policy: tuple[int, datetime] | None
    hooks: tuple[int, int] | None


def newest_set_up() -> SetUp:
    """The present one, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL)
        row: Sequence[object] = cursor.fetchone()
    policy, made_at, newest, revisions = row
    return SetUp(
        policy=(policy, made_at)
        if isinstance(policy, int) and isinstance(made_at, datetime)
        else None,
        hooks=(newest, revisions)
        if isinstance(newest, int) and isinstance(revisions, int)
        else None,
    )
