"""The situations of the `audit_escalations` examples; the audit runs at `AT`."""

from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

from sla.models import Acknowledgement, Escalation
from sla.operations.clocks.sweep import sweep
from tests.sla.escalation_watch import DUE, HALF, OPENED, policy, watched
from tests.sla.world import answer, contract_clock, customer, person
from tests.tickets.hooks import arrive, created, helpdesk, said
from tickets.models import Ticket

# An Enterprise S1 of 10:00, due at 10:30; its policy tells at once, at half, when due, and three
# times more, every ten minutes.
AT = DUE + timedelta(hours=1)
SWEPT = DUE + timedelta(minutes=40)
MINUTE = timedelta(minutes=1)


def nothing() -> None:
    """An empty database."""


def sweep_late() -> None:
    """A sweep that sees all steps at once."""
    with patch("sla.operations.clocks.sweep.database_now", return_value=SWEPT):
        sweep()


def all_fired() -> None:
    """The usual case."""
    watched()
    sweep_late()


def answered_in_time() -> None:
    """A minute before half of the time had passed."""
    [ticket] = watched()
    answer(ticket, person("Alice"), HALF - MINUTE)
    sweep_late()


def acknowledged() -> None:
    """Somebody said "I am on it" before the first repeat."""
    [ticket] = watched()
    clock = contract_clock(ticket)
    Acknowledgement.objects.create(clock=clock, at=DUE + 5 * MINUTE, via="admin")
    sweep_late()


def nobody_swept() -> None:
    """No worker has run since the ticket came."""
    watched()


def record(step: str, **given: object) -> None:
    """A row of the only ticket that no sweep has written."""
    clock = contract_clock(Ticket.objects.get())
    first = Escalation.objects.get(clock=clock, step_code="urgent/at-once")
    Escalation.objects.create(
        **{
            "clock": clock,
            "policy": first.policy,
            "step_code": f"urgent/{step}",
            "due_at": HALF,
            "fired_at": HALF,
            "outcome": "empty",
            **given,
        }
    )


def step_of_no_policy() -> None:
    """Somebody wrote a row into the database."""
    all_fired()
    record("ghost")


def step_at_another_instant() -> None:
    """It was recorded a minute too early."""
    watched()
    record("half", due_at=HALF - MINUTE)
    sweep_late()


def nobody_was_told() -> None:
    """A step that is said to have fired, without any notice."""
    watched()
    record("half", outcome="fired")
    sweep_late()


def clocks_stale_for_a_minute() -> None:
    """They could not be read a minute ago; the sweep tries again."""
    watched()
    Ticket.objects.update(clocks_stale_since=AT - MINUTE, clocks_retry_at=AT)


def clocks_stale_for_ten_minutes() -> None:
    """... and still could not."""
    watched()
    Ticket.objects.update(clocks_stale_since=AT - 10 * MINUTE, clocks_retry_at=AT)


def answer_told_late() -> None:
    """The tool told of an answer in time when the steps had fired."""
    policy(person("Olga", "operators"))
    customer("enterprise")
    person("Alice")
    source = helpdesk(stop_tolerance_seconds=86_400)
    arrive(source, created("T-1", OPENED), OPENED)
    sweep_late()
    arrive(source, said("T-1", HALF - MINUTE, "m1", "agent"), SWEPT + MINUTE)


SITUATIONS: dict[str, Callable[[], object]] = {
    made.__name__: made
    for made in (
        nothing,
        all_fired,
        answered_in_time,
        acknowledged,
        nobody_swept,
        step_of_no_policy,
        step_at_another_instant,
        nobody_was_told,
        clocks_stale_for_a_minute,
        clocks_stale_for_ten_minutes,
        answer_told_late,
    )
}
