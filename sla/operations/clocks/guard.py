"""What the promises say to a change of a ticket before it is made."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.domain.clocks.ticket_log import severities
from sla.models import Basis, Clock
from sla.queries.clocks.readings import RunReading, pinned_commitments, read_commitments
from sla.queries.terms.calendars import current_calendars, hours_of
from tickets.domain.facts import Fact
from tickets.domain.guards import Change, Verdict
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.domain.words import EventKind
from tickets.models import Ticket
from tickets.queries import has_answer_on_its_way, log_of

# Two working days of the office calendar, for a second person to confirm a lowering.
_CONFIRM_WITHIN = timedelta(hours=18)
_FINAL_SHARE = 0.8


def judge_change(ticket_id: int, change: Change, now: datetime) -> Verdict:
    """Refuses solving what nobody answered; asks for a second person where a promise is near."""
    facts = [fact for fact in log_of(Ticket.objects.get(pk=ticket_id)) if fact.at <= now]
    run = _contract_run(ticket_id, facts, now)
    if run is None or run.snapshot.state is not ClockState.RUNNING:
        return Verdict()
    match change:
        case Change.SOLVE if not has_answer_on_its_way(ticket_id):
            return Verdict(
                refusal="Nobody has answered this customer yet: answer first, then solve."
            )
        case Change.LOWER_SEVERITY if _is_near(run) and _is_severe(facts):
            return Verdict(
                details={"contract": "pending", "confirm_until": _confirm_until(now).isoformat()}
            )
        case Change.MARK_SPAM if _is_near(run):
            return Verdict(details={"review": "marked close to or after the deadline"})
        case _:
            return Verdict()


def _contract_run(ticket_id: int, facts: Sequence[Fact], now: datetime) -> RunReading | None:
    """The contractual first response as it stood at `now`: a late delivery judges the past."""
    clocks = Clock.objects.filter(
        ticket_id=ticket_id, basis=Basis.CONTRACT, metric=Metric.FIRST_RESPONSE, void=False
    )
    if not any(fact.kind is EventKind.OPENED for fact in facts):
        return None
    runs = read_commitments(pinned_commitments(clocks), facts, now).values()
    return max(runs, key=lambda run: run.snapshot.started_at, default=None)


def _is_near(run: RunReading) -> bool:
    return run.reading.elapsed_us >= run.reading.target.allowance_us * _FINAL_SHARE


def _is_severe(facts: Sequence[Fact]) -> bool:
    start, changes = severities(facts)
    present = str(changes[-1].details["to"]) if changes else start
    return present in {"S1", "S2"}


def _confirm_until(now: datetime) -> datetime:
    office = hours_of(current_calendars()["es-office"])
    due = office.add_us(to_microseconds(now), _CONFIRM_WITHIN // timedelta(microseconds=1))
    return from_microseconds(due)
