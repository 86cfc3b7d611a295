"""Who is on duty."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from sla.models import Absence, DutyShift


def on_duty(at: datetime) -> list[User]:
    """The people on duty at an instant, in any active rota; the absent are left out."""
    absent = Absence.objects.filter(person=OuterRef("person"), starts_at__lte=at, ends_at__gt=at)
    shifts = DutyShift.objects.filter(
        ~Exists(absent), rota__is_active=True, starts_at__lte=at, ends_at__gt=at
    )
    return list(User.objects.filter(pk__in=shifts.values("person"), is_active=True).order_by("pk"))
