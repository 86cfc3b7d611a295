"""Plans a rota: people in turn, each for some days."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from sla.domain.duty.turns import turns
from sla.models import DutyShift, Rota


class TurnsOverlap(ValueError):
    """Shifts made by hand stand in this time already: end or delete them first."""


@transaction.atomic
def plan_turns(
    *, rota: Rota, people: Sequence[User], first: datetime, days: int, count: int, made_by: User
) -> list[DutyShift]:
    """Adds `count` shifts of `days` days each, the people in turn.

    `first`: the (naive) local time of the first hand-over in the rota's zone. Raises
    TooManyTurns, TurnsOverlap, UnknownZone.
    """
    # Two people who plan the same rota at once do not both see it empty.
    locked = Rota.objects.select_for_update().get(pk=rota.pk)
    planned = turns(
        [person.pk for person in people],
        first=first,
        days=days,
        count=count,
        zone_name=locked.zone,
    )
    begins, ends = planned[0][1], planned[-1][2]
    if DutyShift.objects.filter(
        rota=locked, layer="shift", uid="", starts_at__lt=ends, ends_at__gt=begins
    ).exists():
        raise TurnsOverlap(str(TurnsOverlap.__doc__))
    return DutyShift.objects.bulk_create(
        DutyShift(
            rota=locked, person_id=person, starts_at=starts_at, ends_at=ends_at, made_by=made_by
        )
        for person, starts_at, ends_at in planned
    )
