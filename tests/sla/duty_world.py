"""People, rotas and shifts of a test."""

from datetime import datetime

from django.contrib.auth.models import User

from sla.models import Absence, DutyShift, Rota
from tests.sla.world import madrid


def rota(name: str = "Support", **fields: object) -> Rota:
    return Rota.objects.create(name=name, **fields)


def shift(
    on: Rota, person: User, starts: str | datetime, ends: str | datetime, layer: str = "shift"
) -> DutyShift:
    """Local times in Madrid, or instants."""
    return DutyShift.objects.create(
        rota=on, person=person, starts_at=_at(starts), ends_at=_at(ends), layer=layer
    )


def absence(person: User, starts: str, ends: str) -> Absence:
    return Absence.objects.create(person=person, starts_at=_at(starts), ends_at=_at(ends))


def _at(at: str | datetime) -> datetime:
    return madrid(at) if isinstance(at, str) else at
