"""Four workers that two beats keep asking to sweep: the results are those of one."""

from datetime import timedelta

import pytest

from sla.models import Clock, Escalation, Notice
from sla.operations.clocks import sweep as sweeping
from tests.journeys.threads import at_once
from tests.sla.escalation_world import fired, sweep_at, the_house
from tests.sla.world import customer, madrid, ticket_by_mail
from tickets.models import Ticket

START = madrid("2026-11-17 10:00")
ASKED = [START + timedelta(minutes=minutes) for minutes in (1, 16, 25, 31, 62)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("terms")
def test_each_step_fires_once_and_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    the_house()
    customer("enterprise")
    alone = ticket_by_mail(START - timedelta(days=1))
    for at in ASKED:
        sweep_at(monkeypatch, at - timedelta(days=1))
    one = outcomes(alone)
    assert len(one) == 5
    together = [ticket_by_mail(START) for _ in range(25)]
    for at in ASKED:
        with monkeypatch.context() as clock:
            clock.setattr(sweeping, "database_now", lambda at=at: at)
            # Two beats, four workers: each is asked twice.
            assert at_once(*[sweeping.sweep] * 4) == [None] * 4
            assert at_once(*[sweeping.sweep] * 4) == [None] * 4
            sweeping.sweep()
    for ticket in together:
        assert outcomes(ticket) == one
    assert Notice.objects.exists()
    keys = list(Escalation.objects.values_list("clock", "step_code", "repeat"))
    assert len(keys) == len(set(keys))


def outcomes(ticket: Ticket) -> list[tuple[str, int, str]]:
    """Which steps of the contractual clock fired, in their order."""
    steps = fired(Clock.objects.get(ticket=ticket, basis="contract"))
    return [(code, repeat, outcome) for code, repeat, _, outcome in steps]
