"""A misjudged outage: corrected in time, learned from at night, and right the next time."""

from datetime import timedelta

import pytest

from tests.sla.world import contract_clock, customer, madrid, person, ticket_by_mail
from tickets.domain.words import Severity
from tickets.models import SeverityCorrection, SeverityModel
from tickets.operations.severity.change import change_severity
from tickets.operations.severity.retrain import Outcome, retrain_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
# Nobody has told us yet that a grey bird on the screen means a dead line.
STRANGE = "El pajarito de la esquina se ha puesto gris en los cuarenta y dos puestos."
AGAIN = "Otra vez el pajarito: se ha puesto gris en los treinta puestos de la esquina."


def test_a_wrong_s3_is_corrected_in_time_learned_from_and_right_the_next_time() -> None:
    customer("enterprise")
    start = madrid("2026-11-22 03:10")
    ticket = ticket_by_mail(start, body=STRANGE)
    assert ticket.severity == "S3"
    assert contract_clock(ticket).due_at == start + timedelta(hours=8)

    alice = person("Alice")
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S1,
        got_worse=False,
        reason="",
        user=alice,
        now=start + timedelta(minutes=20),
    )
    clock = contract_clock(ticket)
    assert (clock.severity, clock.due_at) == ("S1", start + timedelta(minutes=30))
    assert clock.breached_at is None
    correction = SeverityCorrection.objects.get()
    assert (correction.mode, correction.from_severity, correction.to_severity, correction.by) == (
        "misjudged",
        "S3",
        "S1",
        alice,
    )

    done = retrain_severity(now=madrid("2026-11-23 03:30"))
    assert done.outcome is Outcome.ACTIVATED
    assert done.corrections == 1
    assert SeverityModel.objects.get().scores["lost_s1"] == 0

    following = ticket_by_mail(madrid("2026-11-24 09:00"), body=AGAIN)
    assert following.severity == "S1"
    assert contract_clock(following).due_at == madrid("2026-11-24 09:30")
    assert following.triages.get().version.endswith(done.version)
