"""Looking at the tools for what their webhooks lost: due ones claimed, page by page, in rounds.

No row is locked while a tool is asked. Whoever dies gives its turn back with the lease, and the
next one goes on at the page that was not finished; looking twice changes nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from tickets.domain.incoming import Unreadable
from tickets.domain.tool_request import ToolAway, ToolRefused, ToolTrouble
from tickets.inbound.polls.poll import Listed
from tickets.inbound.polls.table import POLLS
from tickets.models import ToolAccess
from tickets.operations.looks.asking import OutOfTime, run_steps
from tickets.operations.looks.differences import settle_taken_in
from tickets.operations.looks.progress import (
    OVERLAP,
    Progress,
    at_the_end,
    first_look,
    progress_of,
)
from tickets.operations.looks.take_in import Looking, pass_over, take_in
from tickets.operations.looks.troubles import end_look, note_trouble
from tickets.outbound.reach import Reach
from tickets.outbound.tool_api import ToolApi

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
# Longer than a task may run: who claimed it is gone by then.
_LEASE: Final = timedelta(seconds=90)
# With the last answer that is waited for it stays below the limit of a task.
_SECONDS: Final = 33.0
_BAD_QUESTION: Final = frozenset({400, 422})


def look_at_tools(*, clock: Clock, on_kept: Callable[[], None], seconds: float = _SECONDS) -> int:
    """Looks at every tool that is due; how many looks there were.

    `clock` tells the present (UTC, the database's); `on_kept` is called when deliveries wait.
    """
    ends_at = monotonic() + seconds
    looks = 0
    while monotonic() < ends_at:
        access = _claim(clock())
        if access is None:
            break
        _look(access, clock=clock, on_kept=on_kept, ends_at=ends_at)
        looks += 1
    return looks


@transaction.atomic
def _claim(now: datetime) -> ToolAccess | None:
    """One that is due, ours alone until its lease ends."""
    access = (
        ToolAccess.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("source")
        .filter(is_active=True, reads=True, source__is_active=True, source__kind__in=list(POLLS))
        .filter(Q(next_look_at=None) | Q(next_look_at__lte=now))
        .exclude(open_until__gt=now)
        .order_by(F("next_look_at").asc(nulls_first=True), "pk")
        .first()
    )
    if access is not None:
        access.next_look_at = now + _LEASE
        access.looks_from = first_look(access, now)
        access.save(update_fields=["next_look_at", "looks_from"])
    return access


def _look(access: ToolAccess, *, clock: Clock, on_kept: Callable[[], None], ends_at: float) -> None:
    """One round of one tool; whatever goes wrong is written down at its access."""
    now = clock()
    lease = access.next_look_at or now
    progress = progress_of(access, now)
    try:
        settle_taken_in(source=access.source, now=now)
        looking = _looking(access, clock, ends_at)
        is_done = _turn_pages(looking, progress, on_kept)
    except Exception as error:
        if not isinstance(error, ToolTrouble | Unreadable):
            logger.exception("the look at the tool of source %s failed", access.source_id)
        if isinstance(error, ToolRefused) and error.status in _BAD_QUESTION:
            # A cursor does not live for ever: without one it begins again where it was sure.
            progress.cursor = ""
        until = note_trouble(access, error, lease=lease, now=clock(), progress=progress.stored())
        logger.warning(
            "source %s: the tool was not read; again at %s", access.source_id, until.isoformat()
        )
        return
    ended = clock()
    if not is_done:
        end_look(access, lease=lease, now=ended, again_at=ended, progress=progress.stored())
        return
    end_look(
        access,
        lease=lease,
        now=ended,
        again_at=ended + timedelta(seconds=access.poll_seconds),
        looked_until=progress.began_at,
        progress=at_the_end(progress, keep=progress.cursor if _goes_on(access) else ""),
    )


def _goes_on(access: ToolAccess) -> bool:
    """Whether the tool's cursor goes on for ever, so that the next look begins with it."""
    return POLLS[access.source.kind].cursor_goes_on


def _looking(access: ToolAccess, clock: Clock, ends_at: float) -> Looking:
    reach = Reach(private_hosts=frozenset(settings.TOOL_PRIVATE_HOSTS))
    account = access.credentials()
    return Looking(
        source=access.source,
        account=account,
        ask=ToolApi(account, reach=reach).ask,
        looks_from=(access.looks_from or clock()) - OVERLAP,
        clock=clock,
        ends_at=ends_at,
    )


def _turn_pages(looking: Looking, progress: Progress, on_kept: Callable[[], None]) -> bool:
    """Page after page; False when the time was over before the last one."""
    try:
        while True:
            steps = looking.poll.list_changed(looking.account, progress.window(looking.clock()))
            page = run_steps(steps, looking.ask, ends_at=looking.ends_at)
            for listed in page.listed:
                if not progress.knows(listed):
                    _take_one(looking, listed, progress, on_kept)
                progress.mark(listed)
            progress.turn(page)
            if page.is_last:
                return True
    except OutOfTime:
        return False


def _take_one(
    looking: Looking, listed: Listed, progress: Progress, on_kept: Callable[[], None]
) -> None:
    if progress.is_stuck(listed):
        pass_over(looking, listed)
        return
    try:
        if take_in(looking, listed):
            on_kept()
    except OutOfTime:
        raise
    except Exception as error:
        if not _is_throttled(error):
            progress.fail(listed.thread)
        raise


def _is_throttled(error: Exception) -> bool:
    """Whether the tool only wants to be asked later: no conversation is to blame for that."""
    return isinstance(error, ToolAway) and (error.after is not None or "429" in str(error))
