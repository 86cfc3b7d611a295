"""Access or display was edited, or writing was switched on: every open ticket is looked through.

What an operator edits is seen by a hash of it, whichever page it was edited on.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from sla.domain.tools.shown import ShownState
from sla.models import Clock, ToolDisplay, ToolUpdate, UpdateKind, UpdateState
from sla.notifiers.tools.table import WRITERS
from sla.operations.tools.show_in_tools import Seen, queue_for
from sla.queries.clocks.desk import UNFINISHED
from sla.queries.tools.displays import forget_displays, writing_accesses
from tickets.models import Source, Ticket, ToolAccess
from tickets.models.advisory import alone

logger = logging.getLogger(__name__)

_BATCH: Final = 100
# Other processes may not know of an edit before; then everything is looked through again.
_SETTLES: Final = timedelta(seconds=30)
_USUALLY: Final = timedelta(days=1)
_OPEN_STATES: Final = [
    state.value
    for state in (ShownState.RUNNING, ShownState.AT_RISK, ShownState.MISSED, ShownState.PAUSED)
]


def follow_displays(*, now: datetime) -> None:
    """Takes up what was edited since the last time; one at a time."""
    with alone("tool displays") as is_alone:
        if not is_alone:
            return
        accesses = list(writing_accesses())
        gone = ToolDisplay.objects.exclude(settings_seen="")
        # Switched on again, it begins anew: no note tells of what was late meanwhile.
        gone.exclude(source__in=[each.source_id for each in accesses]).update(settings_seen="")
        for access in accesses:
            try:
                _follow(access, now)
            except Exception:
                logger.exception("the display of source %s cannot be followed", access.source_id)


def display_of(source: Source) -> ToolDisplay:
    """The display of a source, with what works before anything is made in the tool."""
    fields = dict(WRITERS[source.kind].first_fields)
    found, _made = ToolDisplay.objects.get_or_create(source=source, defaults={"fields": fields})
    return found


def _follow(access: ToolAccess, now: datetime) -> None:
    display = display_of(access.source)
    seen = _fingerprint(access, display)
    if display.settings_seen != seen:
        if not display.settings_seen or display.shows_since is None:
            display.shows_since = now
        display.settings_seen, display.edited_at, display.catch_up_at = seen, now, now
        display.held_until, display.trouble, display.trouble_since = None, "", None
        display.save(
            update_fields=[
                *("settings_seen", "edited_at", "catch_up_at", "shows_since", "held_until"),
                *("trouble", "trouble_since"),
            ]
        )
        forget_displays()
        write_again(source=access.source, now=now)
    if display.catch_up_at is not None and display.catch_up_at <= now:
        is_whole = _catch_up(display, now)
        is_new = display.edited_at is not None and now - display.edited_at < _SETTLES
        later = now + (_SETTLES if is_new or not is_whole else _USUALLY)
        ToolDisplay.objects.filter(pk=display.pk).update(catch_up_at=later)


def write_again(*, source: Source, now: datetime) -> int:
    """Has everything written anew that stands for an open ticket of a source; how many rows.

    Notes that were written stay: a fact is told once.
    """
    ended = Q(state__in=[UpdateState.GIVEN_UP, UpdateState.GONE])
    shown = Q(state=UpdateState.WRITTEN, kind=UpdateKind.STATE)
    ToolDisplay.objects.filter(source=source).update(held_until=None)
    with transaction.atomic():
        # In the order in which readings of clocks lock them: else each waits for the other.
        rows = ToolUpdate.objects.select_for_update(of=("self",)).filter(
            ended | shown, source=source, ticket__status__in=UNFINISHED
        )
        chosen = list(rows.order_by("pk").values_list("pk", flat=True))
        return ToolUpdate.objects.filter(pk__in=chosen).update(
            state=UpdateState.WAITING, attempts=0, next_attempt_at=now, trouble=""
        )


def _catch_up(display: ToolDisplay, now: datetime) -> bool:
    """Every open ticket, and those whose tool still shows a promise that runs.

    False when some are held by others: they must not hold up every tool, and are looked at soon.
    """
    told = ToolUpdate.objects.filter(
        source=display.source_id, kind=UpdateKind.STATE, wanted__state__in=_OPEN_STATES
    )
    rows = Ticket.objects.filter(
        Q(status__in=UNFINISHED) | Q(pk__in=told.values("ticket")), source=display.source_id
    )
    ordered = rows.exclude(thread="").order_by("pk").values_list("pk", flat=True)
    last, is_whole = 0, True
    while ids := list(ordered.filter(pk__gt=last)[:_BATCH]):
        with transaction.atomic():
            free = Ticket.objects.select_for_update(of=("self",), skip_locked=True)
            tickets = list(free.filter(pk__in=ids).order_by("pk"))
            _look(tickets, display, now)
        is_whole = is_whole and len(tickets) == len(ids)
        last = ids[-1]
    return is_whole


def _look(tickets: Sequence[Ticket], display: ToolDisplay, now: datetime) -> None:
    clocks: dict[int, list[Clock]] = defaultdict(list)
    for clock in Clock.objects.filter(ticket__in=tickets, void=False).order_by():
        clocks[clock.ticket_id].append(clock)
    seen = [
        Seen(ticket=each, clocks=clocks[each.pk], as_of=now, now=now)
        for each in tickets
        if clocks[each.pk]
    ]
    queue_for(seen, {display.source_id: display.value()})


def _fingerprint(access: ToolAccess, display: ToolDisplay) -> str:
    value = display.value()
    told = [
        *(access.base_url, access.login, access.account, access.token),
        *(sorted(value.fields.items()), value.tags, value.due_tag, value.note_at_risk),
        *(value.note_missed, value.language, value.zone),
    ]
    text = json.dumps(told, default=str)
    return salted_hmac("sla.tool_display", text, algorithm="sha256").hexdigest()
