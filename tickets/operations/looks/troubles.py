"""How a look at a tool ended: what its access says of it, and when it is asked again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.incoming import Unreadable
from tickets.domain.tool_request import ToolAway, ToolTrouble
from tickets.models import ToolAccess

_FIRST_REST: Final = timedelta(seconds=15)
_LONGEST_REST: Final = timedelta(minutes=15)
_REFUSED_REST: Final = timedelta(minutes=5)
_ROOM: Final = 300


def end_look(
    access: ToolAccess, *, lease: datetime, now: datetime, again_at: datetime, **fields: Any
) -> bool:
    """All is well: what went wrong before is over. False when another worker has taken over."""
    return _store(
        access,
        lease,
        {
            **fields,
            "looked_at": now,
            "next_look_at": again_at,
            "open_until": None,
            "failures": 0,
            "trouble": "",
            "trouble_since": None,
        },
    )


def note_trouble(
    access: ToolAccess,
    error: Exception,
    *,
    lease: datetime,
    now: datetime,
    progress: Mapping[str, Any],
) -> datetime:
    """Says on the access what went wrong, and leaves the tool alone for a while; until when."""
    failures = access.failures + 1
    rest: timedelta = min(_FIRST_REST * int(2 ** min(failures - 1, 10)), _LONGEST_REST)
    if isinstance(error, ToolAway):
        if error.after is not None:
            rest = max(timedelta(seconds=error.after), timedelta(seconds=1))
    else:
        rest = max(rest, _REFUSED_REST)
    until: datetime = now + rest
    _store(
        access,
        lease,
        {
            "progress": progress,
            "failures": failures,
            "trouble": _words(error)[:_ROOM],
            "trouble_since": access.trouble_since or now,
            "open_until": until,
            "next_look_at": until,
        },
    )
    return until


def _words(error: Exception) -> str:
    if isinstance(error, ToolTrouble):
        return str(error)
    # Their messages may quote what customers wrote.
    if isinstance(error, Unreadable):
        return "the answer of the tool could not be read: is this the address of its API?"
    return f"our own trouble: {type(error).__name__}"


def _store(access: ToolAccess, lease: datetime, fields: Mapping[str, Any]) -> bool:
    rows = ToolAccess.objects.filter(pk=access.pk, next_look_at=lease)
    return bool(rows.update(**fields))
