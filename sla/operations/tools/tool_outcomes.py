"""What became of a write into a tool, written down; and how its tool does."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from sla.domain.escalation.notice import MAX_ATTEMPTS, channel_rest, retry_wait
from sla.models import ToolDisplay, ToolUpdate, UpdateKind, UpdateState
from sla.operations.tools.show_in_tools import TICKET_REST
from tickets.domain.tool_request import NotThere, ToolAway, ToolRefused, ToolTrouble
from tickets.models import ToolAccess

logger = logging.getLogger(__name__)

# The tool refuses us altogether: asked again when somebody has mended it, or after this.
HELD: Final = timedelta(minutes=15)
# It stood behind one that failed, and was not tried.
_NEXT_ROUND: Final = timedelta(seconds=5)
_LONGEST_WORDS: Final = 300
# It was not asked, or what it said is no answer of its API: the address is wrong, or one ticket.
_UNCLEAR: Final = frozenset({0, HTTPStatus.OK})
_WORN_OUT: Final = "its writer died each time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a thread says of one row that was claimed; `tried` is False when it had no time."""

    row: ToolUpdate
    error: Exception | None = None
    tried: bool = True


def write_down(outcome: Outcome, *, now: datetime, luck: float) -> bool:
    """Stores what became of a row at `now` (UTC); whether it was written into the tool."""
    row, error = outcome.row, outcome.error
    if not outcome.tried:
        _mine(row).update(attempts=F("attempts") - 1, next_attempt_at=now + _NEXT_ROUND)
        return False
    if error is None:
        _written(row, now)
        return True
    words = _words(error)
    logger.warning("update %s was not written: %s", row.pk, words)
    if isinstance(error, NotThere):
        _end(row, UpdateState.GONE, words)
        ToolDisplay.objects.filter(source=row.source_id, written_at=None).update(
            trouble=words, trouble_since=now
        )
    elif isinstance(error, ToolRefused) and _refuses_us(error):
        _refused_us(row, error, words, now, luck)
    elif isinstance(error, ToolRefused):
        _end(row, UpdateState.GIVEN_UP, words)
        _note_trouble(row, words, now)
    else:
        _later(row, error, words, now, luck)
    return False


def give_up_worn_out(rows: list[ToolUpdate]) -> None:
    """Those whose writers never came back."""
    ToolUpdate.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=UpdateState.GIVEN_UP, next_attempt_at=None, trouble=_WORN_OUT
    )


def leave_unsaid(rows: list[ToolUpdate]) -> None:
    """Notes of what is over, or has got worse, since they were wanted."""
    ToolUpdate.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=UpdateState.OVERTAKEN, next_attempt_at=None
    )


def _mine(row: ToolUpdate) -> QuerySet[ToolUpdate]:
    """The row while it is as we claimed it: after its lease somebody else may be at it."""
    return ToolUpdate.objects.filter(pk=row.pk, state=UpdateState.WAITING, claim=row.claim)


@transaction.atomic
def _written(row: ToolUpdate, now: datetime) -> None:
    stands = ToolUpdate.objects.select_for_update(of=("self",)).get(pk=row.pk)
    stands.written_at, stands.written_sha, stands.trouble = now, row.wanted_sha, ""
    if stands.claim != row.claim and row.kind == UpdateKind.STATE:
        # Somebody else has written since our lease ended: whose write came last is not known, so
        # it is written once more, and the other one's word counts as little as ours.
        stands.claim += 1
        stands.state, stands.next_attempt_at = UpdateState.WAITING, now + TICKET_REST
    elif stands.wanted_sha != row.wanted_sha:
        stands.state, stands.next_attempt_at = UpdateState.WAITING, now + TICKET_REST
    else:
        stands.state, stands.next_attempt_at = UpdateState.WRITTEN, None
    stands.attempts = 0
    stands.save(
        update_fields=[
            *("written_at", "written_sha", "trouble", "claim", "state", "next_attempt_at"),
            "attempts",
        ]
    )
    display = ToolDisplay.objects.filter(source=row.source_id)
    display.update(written_at=now)
    if row.kind != UpdateKind.STATE:
        # A note proves that we are let in, not that the fields are right.
        display = display.filter(held_until__isnull=False)
    display.update(trouble="", trouble_since=None, held_until=None)
    ToolAccess.objects.filter(source=row.source_id, failures__gt=0).update(failures=0)


def _end(row: ToolUpdate, state: UpdateState, words: str) -> None:
    _mine(row).update(state=state, next_attempt_at=None, trouble=words)


def _refuses_us(error: ToolRefused) -> bool:
    """Whether every other write would be refused as well: the token or the address is wrong."""
    is_redirect = 300 <= error.status < 400
    return is_redirect or error.status in {*_UNCLEAR, HTTPStatus.UNAUTHORIZED}


def _refused_us(
    row: ToolUpdate, error: ToolRefused, words: str, now: datetime, luck: float
) -> None:
    """Everything waits, unless it is this ticket alone that the tool answers with nonsense."""
    is_unclear = error.status in _UNCLEAR
    lately = ToolDisplay.objects.filter(source=row.source_id, written_at__gt=now - HELD)
    if is_unclear and (row.attempts >= MAX_ATTEMPTS or lately.exists()):
        _note_trouble(row, words, now)
        _later(row, error, words, now, luck)
        return
    # Who does not let us in has judged nothing of the row; nonsense may be the row's own.
    spent = row.attempts if is_unclear else row.attempts - 1
    _mine(row).update(attempts=spent, next_attempt_at=now, trouble=words)
    _note_trouble(row, words, now, held_until=now + HELD)


def _note_trouble(
    row: ToolUpdate, words: str, now: datetime, *, held_until: datetime | None = None
) -> None:
    display = ToolDisplay.objects.filter(source=row.source_id)
    display.exclude(trouble=words).update(trouble=words, trouble_since=now)
    if held_until is not None:
        display.update(held_until=held_until)


def _later(row: ToolUpdate, error: Exception, words: str, now: datetime, luck: float) -> None:
    asked = error.after if isinstance(error, ToolAway) else None
    pause = timedelta(seconds=asked) if asked else None
    if row.attempts >= MAX_ATTEMPTS:
        _end(row, UpdateState.GIVEN_UP, words)
    else:
        wait = retry_wait(row.attempts, luck=luck, asked=pause)
        _mine(row).update(next_attempt_at=now + wait, trouble=words)
    if isinstance(error, ToolAway):
        _rest(row, pause, now)


@transaction.atomic
def _rest(row: ToolUpdate, asked: timedelta | None, now: datetime) -> None:
    """The tool is left alone for as long as it asked, or after some failures in a row."""
    access = ToolAccess.objects.select_for_update(of=("self",)).get(source=row.source_id)
    access.failures += 1
    rest = asked or channel_rest(access.failures)
    if rest is not None:
        access.open_until = max(now + rest, access.open_until or now)
    access.save(update_fields=["failures", "open_until"])


def _words(error: Exception) -> str:
    """What went wrong, without anything that somebody wrote."""
    text = str(error) if isinstance(error, ToolTrouble) else type(error).__name__
    return "".join(each if each.isprintable() else " " for each in text)[:_LONGEST_WORDS]
