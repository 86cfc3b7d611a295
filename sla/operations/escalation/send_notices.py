"""The outbox of notices: claimed, sent side by side, each written down as soon as it has left.

Rows are claimed and written here; threads only talk to mail servers and services, and know no
database. A channel that hangs holds one thread, not the others, and is left behind when the round
is over: that counts as a failure. When this process dies after a notice has left and before that
is written down, or when one that was left behind arrives after all, it leaves again with the same
key: at least once.
"""

import logging
import queue
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, Q

from sla.domain.escalation.notice import MAX_ATTEMPTS
from sla.models import ChannelKind, Notice, NoticeState
from sla.notifiers.outcomes import LineBroke, RefusedForGood, ServerAway, TryAgain
from sla.operations.escalation.give_up import give_up
from sla.operations.escalation.notice_outcomes import Attempt, Fate, write_down
from sla.operations.escalation.notice_parcels import MAIL, Parcel, pack
from tickets.models.advisory import alone
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
# What was begun at the end of a round may take so long; services and mail servers are given up
# earlier, each by its own limit, and only what knows none is still there by then.
_GRACE_SECONDS = 13.0
# So a service that hangs holds one worker, not all of them.
LOCK = "notices"


def send_notices(*, clock: Clock, limit: int = 5_000, seconds: float = 15.0) -> int:
    """Sends what is due; the number that was taken.

    `clock` tells the present (UTC, the database's). Ends when nothing is due, begins nothing new
    after `seconds`, and waits a little longer for what was begun, however it hangs. Only one at a
    time: who comes second has nothing to do.
    """
    with alone(LOCK) as is_alone:
        return _Round(clock, limit, seconds).run() if is_alone else 0


def has_due(*, now: datetime) -> bool:
    """Whether a notice is due (UTC); one look into an index."""
    return Notice.objects.filter(state=NoticeState.WAITING, next_attempt_at__lte=now).exists()


@dataclass(slots=True, eq=False)
class _Line:
    """Parcels of one lane that one thread sends in their order; `left`: those not yet told of."""

    lane: int
    left: deque[Parcel]


class _Round:
    """One round of the outbox: lines that run side by side, and what comes back from them."""

    def __init__(self, clock: Clock, limit: int, seconds: float) -> None:
        self._clock = clock
        self._left = limit
        self._claims_until = self._ends = monotonic() + seconds
        # An attempt, or None when the line is at its end.
        self._came: queue.SimpleQueue[tuple[_Line, Attempt | None]] = queue.SimpleQueue()
        self._lines: list[_Line] = []
        self._sent = 0

    def run(self) -> int:
        """Until nothing is due and nothing is on its way, or what is has had its time."""
        self._start()
        while self._lines:
            try:
                came = self._came.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if monotonic() > self._ends + _GRACE_SECONDS:
                    self._leave_behind()
                    break
                # What was queued meanwhile does not wait for a lane that hangs.
                self._start()
                continue
            self._take_in(*came)
        return self._sent

    def _take_in(self, line: _Line, attempt: Attempt | None) -> None:
        if attempt is not None:
            line.left.popleft()
            self._sent += _write_down(attempt, self._clock())
            return
        self._lines.remove(line)
        if all(each.lane != line.lane for each in self._lines):
            self._start()

    def _start(self) -> None:
        free = _THREADS - len(self._lines)
        if self._left <= 0 or free < _MAIL_LINES or monotonic() > self._claims_until:
            return
        now = self._clock()
        busy = {line.lane for line in self._lines}
        claimed = _claim(now, min(_CLAIM, self._left), busy=busy)
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
                mine = parcels[number::lines]
                line = _Line(lane, deque(mine))
                self._lines.append(line)
                # Nobody waits for a thread that hangs, not even the end of the process.
                threading.Thread(
                    target=self._send_all, args=[line, mine], name=f"notices-{lane}", daemon=True
                ).start()

    def _send_all(self, line: _Line, parcels: Sequence[Parcel]) -> None:
        """In a thread of its own, without the database: one after the other."""
        fate = Fate.NO_TIME
        server: MailServer | None = None
        try:
            server = MailServer()
            for parcel in parcels:
                if fate is Fate.HELD or monotonic() > self._ends:
                    self._came.put((line, Attempt(parcel=parcel, fate=fate)))
                    continue
                error = _try(parcel, server)
                self._came.put((line, Attempt(parcel=parcel, error=error)))
                if _stops(line.lane, error):
                    fate = Fate.HELD
        finally:
            # Whatever happened: the round waits for this.
            self._came.put((line, None))
            if server is not None:
                server.close()

    def _leave_behind(self) -> None:
        """What hangs has failed; what stands behind it was not tried."""
        now = self._clock()
        for line in self._lines:
            logger.warning("lane %s hangs and is left behind", line.lane)
            for number, parcel in enumerate(line.left):
                if number:
                    _write_down(Attempt(parcel=parcel, fate=Fate.HELD), now)
                else:
                    _write_down(Attempt(parcel=parcel, error=_hangs(line.lane)), now)


def _hangs(lane: int) -> TryAgain:
    words = "no answer in time"
    return LineBroke(words) if lane == MAIL else TryAgain(words)


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
        .select_related("channel", "recipient", "fallback_of__channel")
        .filter(state=NoticeState.WAITING, next_attempt_at__lte=now)
        .exclude(channel__open_until__gt=now)
    )
    if MAIL in busy:
        due = due.exclude(Q(channel__isnull=True) | Q(channel__kind=ChannelKind.EMAIL))
    found = list(due.exclude(channel__in=list(busy)).order_by("next_attempt_at", "pk")[:limit])
    # Nobody wrote down how the last try ended: each time its sender died with it.
    worn_out = [notice.pk for notice in found if notice.attempts >= MAX_ATTEMPTS]
    if worn_out:
        give_up(Notice.objects.filter(pk__in=worn_out), words="its sender died each time", now=now)
    claimed = [notice for notice in found if notice.attempts < MAX_ATTEMPTS]
    # Counted before the try, so that a notice that kills its worker is counted too.
    Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + _LEASE
    )
    for notice in claimed:
        notice.attempts += 1
    return claimed
