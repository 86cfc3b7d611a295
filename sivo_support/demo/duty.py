"""The rota of the sample world: agents week by week, a swap, and an evening forgotten."""

from datetime import datetime, time, timedelta

from sivo_support.demo.people import People
from sivo_support.demo.scenes import MADRID
from sla.models import Absence, DutyShift, Rota, ShiftLayer
from sla.operations.duty.plan_turns import plan_turns

ROTA = "Guardia de soporte"
_WEEKS_BEHIND = 4
_WEEKS = 10


def add_duty(people: People, now: datetime) -> None:
    """Duty from four weeks ago on; relative to `now` (aware)."""
    agents, planner = people.agents, next(iter(people.staff.values()))
    monday = now.astimezone(MADRID).date()
    monday -= timedelta(days=monday.weekday(), weeks=_WEEKS_BEHIND)
    rota = Rota.objects.create(name=ROTA, zone=MADRID.key)
    shifts = plan_turns(
        rota=rota,
        people=agents,
        first=datetime.combine(monday, time(9)),
        days=7,
        count=_WEEKS,
        made_by=planner,
    )
    coming = shifts[_WEEKS_BEHIND + 1]
    # Nobody took over this evening: the coverage page shows it.
    DutyShift.objects.filter(pk=coming.pk).update(ends_at=coming.ends_at - timedelta(hours=15))
    other = next(agent for agent in agents if agent != coming.person)
    swap_at = coming.starts_at + timedelta(days=2, hours=9)
    DutyShift.objects.create(
        rota=rota,
        person=other,
        starts_at=swap_at,
        ends_at=swap_at + timedelta(hours=15),
        layer=ShiftLayer.OVERRIDE,
        made_by=planner,
    )
    Absence.objects.create(
        person=coming.person, starts_at=swap_at, ends_at=swap_at + timedelta(hours=12)
    )
