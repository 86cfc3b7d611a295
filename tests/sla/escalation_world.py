"""People on duty, the shipped policies, and sweeps at an instant of one's own choice."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from sla.models import (
    Acknowledgement,
    Clock,
    ContactRole,
    DutyShift,
    Escalation,
    Notice,
    Rota,
)
from sla.operations.clocks import sweep as sweeping
from sla.operations.escalation.policies import load_escalation
from tests.sla.world import MADRID, madrid, person


def the_house() -> dict[str, User]:
    """The shipped policies since the first of November; everybody whom they name."""
    load_escalation(now=madrid("2026-11-01 00:00"))
    people = {
        "Dora": person("Dora"),
        "Tom": person("Tom"),
        "Hanna": person("Hanna"),
        "Carla": person("Carla", "csms"),
        "Alice": person("Alice"),
    }
    ContactRole.objects.get(code="team_lead").people.add(people["Tom"])
    ContactRole.objects.get(code="head_of_support").people.add(people["Hanna"])
    DutyShift.objects.create(
        rota=Rota.objects.create(name="Support"),
        person=people["Dora"],
        starts_at=madrid("2026-11-01 00:00"),
        ends_at=madrid("2028-01-01 00:00"),
    )
    return people


def sweep_at(patch: pytest.MonkeyPatch, at: datetime) -> None:
    """A sweep when the database's clock says so."""
    with patch.context() as clock:
        clock.setattr(sweeping, "database_now", lambda: at)
        sweeping.sweep()


def sweep_each(patch: pytest.MonkeyPatch, begin: datetime, end: datetime, every: timedelta) -> None:
    """Sweeps from `begin` to `end`, both included."""
    at = begin
    while at <= end:
        sweep_at(patch, at)
        at += every


def fired(clock: Clock) -> list[tuple[str, int, str, str]]:
    """Step, repeat, when it should have fired in Madrid, and its outcome; in that order."""
    rows = Escalation.objects.filter(clock=clock).order_by("due_at", "step_code", "repeat")
    return [
        (
            row.step_code.rpartition("/")[2],
            row.repeat,
            f"{row.due_at.astimezone(MADRID):%d. %H:%M}",
            row.outcome,
        )
        for row in rows
    ]


def told(code: str, repeat: int = 0) -> set[str]:
    """Whom the notices of a step name."""
    notices = Notice.objects.filter(items__escalation__step_code=code)
    notices = notices.filter(items__escalation__repeat=repeat)
    return set(notices.values_list("recipient__first_name", flat=True))


def acknowledge(clock: Clock, user: User, at: datetime) -> None:
    """Somebody is on it."""
    Acknowledgement.objects.create(clock=clock, at=at, by=user, via="admin")
