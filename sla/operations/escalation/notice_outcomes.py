"""What became of an attempt, written down: sent, later, given up; and how its channel does."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest

from sla.domain.escalation.notice import HELD, MAX_ATTEMPTS, SERVER_REST, channel_rest, retry_wait
from sla.models import ChannelKind, Notice, NoticeChannel, NoticeState
from sla.notifiers.outcomes import (
    LineBroke,
    NotDelivered,
    NotInstalled,
    RefusedForGood,
    ServerAway,
    TryAgain,
)
from sla.operations.escalation.give_up import give_up
from sla.operations.escalation.notice_parcels import MAIL, Parcel

logger = logging.getLogger(__name__)

_LONGEST_WORDS = 300


class Fate(Enum):
    """Whether a claimed notice was tried: if not, time ran out or the one before it failed."""

    TRIED = "tried"
    NO_TIME = "no time"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a lane says of one parcel: `error` is None when it was tried and taken."""

    parcel: Parcel
    error: Exception | None = None
    fate: Fate = Fate.TRIED


def write_down(attempt: Attempt, *, now: datetime) -> bool:
    """Stores what became of a parcel at `now` (UTC); whether the notice left."""
    notice, error = attempt.parcel.notice, attempt.error
    if attempt.fate is not Fate.TRIED:
        _give_back(attempt, now)
        return False
    if error is None:
        _sent(attempt.parcel, now)
        return True
    words = str(error) if isinstance(error, NotDelivered) else type(error).__name__
    # What a server answered may hold anything, and the database takes no NUL.
    words = "".join(letter if letter.isprintable() else " " for letter in words[:_LONGEST_WORDS])
    logger.warning("notice %s was not delivered: %s", notice.pk, words)
    if isinstance(error, ServerAway):
        # Says nothing about the notice: it does not count, or a long outage would be its death.
        # But what may have arrived keeps one attempt: a digest must not grow under a known key.
        least = 1 if isinstance(error, LineBroke) else 0
        _mine(notice).update(
            attempts=Greatest(F("attempts") - 1, least),
            next_attempt_at=now + SERVER_REST,
            last_error=words,
        )
        _rest_mails(now + SERVER_REST)
        return False
    if isinstance(error, RefusedForGood) or notice.attempts >= MAX_ATTEMPTS:
        give_up(_mine(notice), words=words, now=now)
    else:
        asked = error.after if isinstance(error, TryAgain) else None
        wait = retry_wait(notice.attempts, luck=attempt.parcel.luck, asked=asked)
        _mine(notice).update(next_attempt_at=now + wait, last_error=words)
    if _is_channels_fault(attempt):
        _count_failure(attempt.parcel.lane, now)
    return False


def _mine(notice: Notice) -> QuerySet[Notice]:
    """The row while it is as we claimed it: after its lease somebody else may be at it."""
    return Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING, attempts=notice.attempts)


def _sent(parcel: Parcel, now: datetime) -> None:
    Notice.objects.filter(pk=parcel.notice.pk, state=NoticeState.WAITING).update(
        state=NoticeState.SENT, sent_at=now, next_attempt_at=None, last_error=""
    )
    channel = parcel.notice.channel
    if parcel.lane != MAIL and channel is not None and (channel.failures or channel.open_until):
        NoticeChannel.objects.filter(pk=channel.pk).update(failures=0, open_until=None)


def _give_back(attempt: Attempt, now: datetime) -> None:
    """It was not tried, and that does not count."""
    wait = timedelta()
    if attempt.fate is Fate.HELD:
        wait = SERVER_REST if attempt.parcel.lane == MAIL else HELD
    _mine(attempt.parcel.notice).update(attempts=F("attempts") - 1, next_attempt_at=now + wait)


def _rest_mails(until: datetime) -> None:
    """Our mail server takes nothing: no use in asking it for each mail that is due."""
    Notice.objects.filter(
        Q(channel__isnull=True) | Q(channel__kind=ChannelKind.EMAIL),
        state=NoticeState.WAITING,
        next_attempt_at__lt=until,
        # Those of other lines are on their way.
        attempts=0,
    ).update(next_attempt_at=until)


def _is_channels_fault(attempt: Attempt) -> bool:
    """Whether other notices of the channel would fail as well."""
    ours = (RefusedForGood, NotInstalled)
    is_written = attempt.parcel.error is None
    return attempt.parcel.lane != MAIL and is_written and not isinstance(attempt.error, ours)


@transaction.atomic
def _count_failure(channel_id: int, now: datetime) -> None:
    """One more in a row; after some the channel is left alone, with all that waits for it."""
    channel = NoticeChannel.objects.select_for_update().get(pk=channel_id)
    channel.failures += 1
    rest = channel_rest(channel.failures)
    if rest is not None:
        channel.open_until = now + rest
        Notice.objects.filter(
            channel=channel, state=NoticeState.WAITING, next_attempt_at__lt=channel.open_until
        ).update(next_attempt_at=channel.open_until)
    channel.save(update_fields=["failures", "open_until"])
