"""What the promises say to a change of a ticket before it is made."""

from datetime import datetime, timedelta

from sla.domain.clock import ClockState
from sla.domain.target import Metric
from sla.domain.ticket_log import severities
from sla.models import Basis, Clock
from sla.queries.calendars import current_calendars, hours_of
from tickets.domain.guards import Change, Verdict
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.models import Ticket
from tickets.queries import log_of

# Two working days of the office calendar, for a second person to confirm a lowering.
_CONFIRM_WITHIN = timedelta(hours=18)
_FINAL_SHARE = 0.8


def judge_change(ticket_id: int, change: Change, now: datetime) -> Verdict:
    """Refuses solving what nobody answered; asks for a second person where a promise is near."""
    clock = (
        Clock.objects.filter(
            ticket_id=ticket_id, basis=Basis.CONTRACT, metric=Metric.FIRST_RESPONSE, void=False
        )
        .order_by("-started_at")
        .first()
    )
    if clock is None or clock.state != ClockState.RUNNING:
        return Verdict()
    match change:
        case Change.SOLVE:
            return Verdict(
                refusal="Nobody has answered this customer yet: answer first, then solve."
            )
        case Change.LOWER_SEVERITY if _is_near(clock, now) and _is_severe(ticket_id):
            return Verdict(
                details={"contract": "pending", "confirm_until": _confirm_until(now).isoformat()}
            )
        case Change.MARK_SPAM if _is_near(clock, now):
            return Verdict(details={"review": "marked close to or after the deadline"})
        case _:
            return Verdict()


def _is_near(clock: Clock, now: datetime) -> bool:
    hours = hours_of(clock.calendar_version_id)
    used = hours.between_us(to_microseconds(clock.started_at), to_microseconds(now))
    return used >= clock.allowance_us * _FINAL_SHARE


def _is_severe(ticket_id: int) -> bool:
    ticket = Ticket.objects.get(pk=ticket_id)
    start, changes = severities(log_of(ticket))
    present = str(changes[-1].details["to"]) if changes else start
    return present in {"S1", "S2"}


def _confirm_until(now: datetime) -> datetime:
    office = hours_of(current_calendars()["es-office"])
    due = office.add_us(to_microseconds(now), _CONFIRM_WITHIN // timedelta(microseconds=1))
    return from_microseconds(due)
