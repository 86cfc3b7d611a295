"""A tool that fails is left alone for a while, and whoever runs the service sees why."""

from datetime import datetime, timedelta

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from tickets.domain.tool_request import ToolAway, ToolRefused
from tickets.models import ToolAccess

_FIRST_REST = timedelta(seconds=15)
_LONGEST_REST = timedelta(minutes=5)
# Its account, not what was asked: every other question would be refused too.
_ABOUT_THE_ACCOUNT = frozenset({401, 403})


def note_away(access: ToolAccess, error: ToolAway, now: datetime) -> None:
    """Nothing calls it before the time that it asked for, or that its failures in a row make."""
    rest = min(_FIRST_REST * 2 ** min(access.failures, 8), _LONGEST_REST)
    if error.after is not None:
        rest = timedelta(seconds=error.after)
    _write(access, str(error), now)
    ToolAccess.objects.filter(pk=access.pk).update(
        open_until=now + rest, failures=F("failures") + 1
    )


def note_refused(access: ToolAccess, error: ToolRefused, now: datetime) -> None:
    """An operator must see it when the token or its rights are the trouble."""
    if error.status in _ABOUT_THE_ACCOUNT:
        _write(access, str(error), now)


def note_well(access: ToolAccess) -> bool:
    """It answered; whether it had been in trouble."""
    ToolAccess.objects.filter(pk=access.pk, reads=False).exclude(trouble="").update(
        trouble="", trouble_since=None
    )
    return bool(
        ToolAccess.objects.filter(pk=access.pk)
        .exclude(failures=0, open_until=None)
        .update(failures=0, open_until=None)
    )


def _write(access: ToolAccess, words: str, now: datetime) -> None:
    # Where the tool is looked at too, that says what is wrong: a right to write is none to read.
    ToolAccess.objects.filter(pk=access.pk, reads=False).update(
        trouble=words[:300], trouble_since=Coalesce("trouble_since", Value(now))
    )
