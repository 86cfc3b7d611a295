"""What the ticket page shows of the log and the triage: plain records."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tickets.admin.labels import EVENT_LABELS, in_words
from tickets.admin.paging import Piece, piece_of
from tickets.domain.assignment import UNKNOWN
from tickets.domain.words import EventKind, SeverityBy
from tickets.models import Ticket, TicketEvent
from tickets.operations.outgoing.answer import (
    LIVES_ELSEWHERE,
    SWITCH_ON,
    can_switch_on,
    why_not_here,
)
from tickets.queries import person_name

SHOWN_FACTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One fact of the log in words; `late` is how much later than it happened we learnt of it."""

    event: TicketEvent
    label: str | Promise
    by: str
    what: str
    time_rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A piece of the log, in the order of what happened."""

    events: list[EventView]
    piece: Piece[TicketEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLowering:
    """A lowered severity that a second person must confirm before it counts for the contract."""

    event: TicketEvent
    until: datetime | None
    by_me: bool


def log_of_page(ticket: Ticket, *, until: int = 0, counting: Collection[str]) -> Log:
    """The last facts, or those up to one of them, in the order of what happened.

    `counting` are the changes of severity that count, by their keys.
    """
    piece = piece_of(ticket.events.select_related("actor"), until=until, size=SHOWN_FACTS)
    return Log(events=[_event(row, counting) for row in piece.rows], piece=piece)


def _event(row: TicketEvent, counting: Collection[str]) -> EventView:
    what = _what(row)
    if row.kind == EventKind.SEVERITY_CHANGED and str(row.pk) not in counting:
        what += " · " + _("does not count beside the others")
    return EventView(
        event=row,
        label=EVENT_LABELS.get(row.kind, row.kind),
        by=_by(row),
        what=what,
        time_rule=in_words(row.details.get("time", "")),
    )


def _by(event: TicketEvent) -> str:
    if event.actor is not None:
        return person_name(event.actor)
    if event.kind in {EventKind.OPENED, EventKind.CUSTOMER_WROTE}:
        ours = event.details.get("by") == "agent"
        return _("us") if ours else _("the customer")
    if event.kind == EventKind.SEVERITY_CHANGED:
        return {
            SeverityBy.RULES.value: _("the rules"),
            SeverityBy.SOURCE.value: _("the source's priority"),
        }.get(str(event.details.get("by")), "")
    return ""


def _what(event: TicketEvent) -> str:
    details = event.details
    match event.kind:
        case EventKind.OPENED:
            return str(details.get("severity", ""))
        case EventKind.SEVERITY_CHANGED:
            mode = _("got worse") if details.get("mode") == "got_worse" else _("was misjudged")
            words = f"{details.get('from')} → {details.get('to')} ({mode})"
            if details.get("contract") == "pending":
                words += " · " + _("needs a second person")
            return words
        case EventKind.WAITING_STARTED:
            return {
                "customer": _("for the customer"),
                "third_party": _("for a third party"),
                "internal": _("for us"),
            }.get(str(details.get("cause")), "")
        case EventKind.TIME_CONFIRMED:
            kind = str(details.get("of_kind"))
            return _("%(what)s: the arrival does not count") % {
                "what": EVENT_LABELS.get(kind, kind)
            }
        case EventKind.ASSIGNED if UNKNOWN in details:
            return _("in the tool, to nobody who is known here")
        case _:
            return in_words(details.get("review", ""))


def pending_lowering(
    ticket: Ticket, user_id: int | None, *, counting: Collection[str]
) -> PendingLowering | None:
    """The newest lowering that still waits for somebody else, if any."""
    kinds = [EventKind.SEVERITY_CHANGED, EventKind.SEVERITY_CONFIRMED]
    events = list(ticket.events.filter(kind__in=kinds))
    confirmed = {
        str(event.details.get("of_event"))
        for event in events
        if event.kind == EventKind.SEVERITY_CONFIRMED
    }
    for event in reversed(events):
        if (
            str(event.pk) in counting
            and event.details.get("contract") == "pending"
            and str(event.pk) not in confirmed
        ):
            until = event.details.get("confirm_until")
            return PendingLowering(
                event=event,
                until=datetime.fromisoformat(until) if until else None,
                by_me=event.actor_id == user_id,
            )
    return None


def where_to_answer(ticket: Ticket) -> str:
    """Empty when the desk can answer; otherwise where to, in the reader's language."""
    refusal = why_not_here(ticket)
    if not refusal.startswith(LIVES_ELSEWHERE):
        return in_words(refusal)
    elsewhere = _("This conversation lives in %(source)s: answer it there.") % {
        "source": ticket.source.name
    }
    return f"{elsewhere} {in_words(SWITCH_ON)}" if can_switch_on(ticket) else elsewhere
