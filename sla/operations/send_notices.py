"""The outbox of notices: claimed, sent side by side, each written down as soon as it has left.

Rows are claimed and written here; threads only talk to mail servers and services, and know no
database. A channel that hangs holds one thread, not the others. When this process dies after a
notice has left and before that is written down, it leaves again with the same key: at least once.
"""

import logging
import queue
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from time import monotonic

from django.db import Error, connection, transaction
from django.db.models import F, Q

from sla.domain.notice import MAX_ATTEMPTS
from sla.models import ChannelKind, Notice, NoticeState
from sla.notifiers.outcomes import RefusedForGood, ServerAway
from sla.operations.notice_outcomes import Attempt, Fate, write_down
from sla.operations.notice_parcels import MAIL, Parcel, pack
from tickets.outbound.server import MailServer

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]

_CLAIM = 40
_MAIL_LINES = 4
_THREADS = 12
# Longer than a task may run (CELERY_TASK_TIME_LIMIT): who claimed it is gone by then.
_LEASE = timedelta(seconds=90)
_LOOK_SECONDS = 0.25
# However long it took to read what was claimed: else large digests would never leave.
_TO_SEND_SECONDS = 5.0
# "notices", as a number that no other lock of this database has.
_LOCK = 0x6E6F7469636573


def send_notices(*, clock: Clock, limit: int = 5_000, seconds: float = 15.0) -> int:
    """Sends what is due; the number that was taken.

    `clock` tells the present (UTC, the database's). Ends when nothing is due, and begins nothing
    new after `seconds`. Only one at a time: who comes second has nothing to do.
    """
    with _alone() as is_alone:
        return _Round(clock, limit, seconds).run() if is_alone else 0


def has_due(*, now: datetime) -> bool:
    """Whether a notice is due (UTC); one look into an index."""
    return Notice.objects.filter(state=NoticeState.WAITING, next_attempt_at__lte=now).exists()


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else sends: so a service that hangs holds one worker, not all of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            # A session that was lost has given the lock back.
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


class _Round:
    """One round of the outbox: lanes that run side by side, and what comes back from them."""

    def __init__(self, clock: Clock, limit: int, seconds: float) -> None:
        self._clock = clock
        self._left = limit
        self._claims_until = self._ends = monotonic() + seconds
        self._came: queue.SimpleQueue[Attempt | int] = queue.SimpleQueue()
        self._lines: dict[int, int] = defaultdict(int)
        self._sent = 0

    def run(self) -> int:
        """Until nothing is due and nothing is on its way."""
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="notices") as pool:
            self._start(pool)
            while self._lines:
                try:
                    came = self._came.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    # What was queued meanwhile does not wait for a lane that hangs.
                    self._start(pool)
                    continue
                self._take_in(came, pool)
        return self._sent

    def _take_in(self, came: Attempt | int, pool: ThreadPoolExecutor) -> None:
        if isinstance(came, Attempt):
            self._sent += _write_down(came, self._clock())
            return
        self._lines[came] -= 1
        if not self._lines[came]:
            del self._lines[came]
            self._start(pool)

    def _start(self, pool: ThreadPoolExecutor) -> None:
        free = _THREADS - sum(self._lines.values())
        if self._left <= 0 or free < _MAIL_LINES or monotonic() > self._claims_until:
            return
        now = self._clock()
        claimed = _claim(now, min(_CLAIM, self._left), busy=self._lines.keys())
        self._left -= len(claimed)
        lanes: dict[int, list[Parcel]] = defaultdict(list)
        packed = pack(claimed, now=now)
        self._ends = max(self._ends, monotonic() + _TO_SEND_SECONDS)
        for parcel in packed:
            if parcel.error is None:
                lanes[parcel.lane].append(parcel)
            else:
                _write_down(Attempt(parcel=parcel, error=parcel.error), now)
        for lane, parcels in lanes.items():
            lines = min(_MAIL_LINES if lane == MAIL else 1, len(parcels))
            for number in range(lines):
                self._lines[lane] += 1
                pool.submit(self._send_all, lane, parcels[number::lines])

    def _send_all(self, lane: int, parcels: Sequence[Parcel]) -> None:
        """In a thread of its own, without the database: one lane, one after the other."""
        fate = Fate.NO_TIME
        server: MailServer | None = None
        try:
            server = MailServer()
            for parcel in parcels:
                if fate is Fate.HELD or monotonic() > self._ends:
                    self._came.put(Attempt(parcel=parcel, fate=fate))
                    continue
                error = _try(parcel, server)
                self._came.put(Attempt(parcel=parcel, error=error))
                if _stops(lane, error):
                    fate = Fate.HELD
        finally:
            # Whatever happened: the round waits for this.
            self._came.put(lane)
            if server is not None:
                server.close()


def _write_down(attempt: Attempt, now: datetime) -> bool:
    """What one notice cannot be told of must not cost the others theirs: its lease repeats it."""
    try:
        return write_down(attempt, now=now)
    except Exception:
        logger.exception("what became of notice %s is not known", attempt.parcel.notice.pk)
        return False


def _try(parcel: Parcel, server: MailServer) -> Exception | None:
    try:
        parcel.send(server)
    except Exception as error:  # noqa: BLE001  (whatever it is, the notice must not be lost)
        return error
    return None


def _stops(lane: int, error: Exception | None) -> bool:
    """A server or a channel that fails is not asked for the next one at once."""
    if lane == MAIL:
        return isinstance(error, ServerAway)
    return error is not None and not isinstance(error, RefusedForGood)


@transaction.atomic
def _claim(now: datetime, limit: int, *, busy: Collection[int]) -> list[Notice]:
    """Some due notices, ours alone until their lease ends; none of a channel that rests."""
    due = (
        Notice.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("channel", "recipient")
        .filter(state=NoticeState.WAITING, next_attempt_at__lte=now)
        .exclude(channel__open_until__gt=now)
    )
    if MAIL in busy:
        due = due.exclude(Q(channel__isnull=True) | Q(channel__kind=ChannelKind.EMAIL))
    found = list(due.exclude(channel__in=list(busy)).order_by("next_attempt_at", "pk")[:limit])
    # Nobody wrote down how the last try ended: each time its sender died with it.
    worn_out = [notice.pk for notice in found if notice.attempts >= MAX_ATTEMPTS]
    if worn_out:
        Notice.objects.filter(pk__in=worn_out).update(
            state=NoticeState.DEAD, next_attempt_at=None, last_error="its sender died each time"
        )
    claimed = [notice for notice in found if notice.attempts < MAX_ATTEMPTS]
    # Counted before the try, so that a notice that kills its worker is counted too.
    Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + _LEASE
    )
    for notice in claimed:
        notice.attempts += 1
    return claimed
