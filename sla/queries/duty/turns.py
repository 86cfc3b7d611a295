"""Who is on duty, from the stored rotas."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from sla.domain.duty.turns import Duty, Shift, duty, span_of
from sla.domain.time.interval import Span
from sla.models import Absence, DutyShift, ShiftLayer
from tickets.domain.instants import to_microseconds

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Shifts and absences as plain values; of people who can log in, and of active rotas."""

    shifts: Sequence[Shift]
    absences: Mapping[int, Sequence[Span]]


def on_duty(at: datetime) -> list[User]:
    """Everybody who is on duty at an instant, over all active rotas; by name."""
    people = duty_between(at, at + _INSTANT).at(to_microseconds(at))
    return list(User.objects.filter(pk__in=people).order_by("username")) if people else []


def duty_between(starts_at: datetime, ends_at: datetime, *, rota: int | None = None) -> Duty:
    """Who is on duty in [starts_at, ends_at), in two queries, however long that is.

    `rota`: only that one, active or not.
    """
    planned = planned_between(starts_at, ends_at, rota=rota)
    return duty(planned.shifts, planned.absences, *span_of(starts_at, ends_at))


def planned_between(starts_at: datetime, ends_at: datetime, *, rota: int | None = None) -> Planned:
    """What is planned for a time, in two queries. People who left are on duty no more."""
    rows = DutyShift.objects.filter(
        person__is_active=True, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).order_by()
    rows = rows.filter(rota__is_active=True) if rota is None else rows.filter(rota_id=rota)
    shifts = [
        Shift(
            rota=rota_id,
            person=person,
            starts=to_microseconds(begins),
            ends=to_microseconds(ends),
            is_override=layer == ShiftLayer.OVERRIDE,
        )
        for rota_id, person, begins, ends, layer in rows.values_list(
            "rota_id", "person_id", "starts_at", "ends_at", "layer"
        )
    ]
    absences: dict[int, list[Span]] = defaultdict(list)
    if shifts:
        away = Absence.objects.filter(
            person_id__in={shift.person for shift in shifts},
            starts_at__lt=ends_at,
            ends_at__gt=starts_at,
        ).order_by()
        for person, begins, ends in away.values_list("person_id", "starts_at", "ends_at"):
            absences[person].append(span_of(begins, ends))
    return Planned(shifts=shifts, absences=absences)
