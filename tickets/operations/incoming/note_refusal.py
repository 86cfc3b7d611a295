"""Remembering that a door refused a call, so that its operator learns why nothing comes."""

from datetime import datetime, timedelta

from django.db.models import Q

from tickets.models import Source

# Whoever knows the address can be refused as often as they like; the row is written no oftener.
_AT_MOST_EVERY = timedelta(seconds=30)


def note_refusal(*, source: Source, reason: str, now: datetime) -> None:
    """Writes down the last refusal of a source. `reason` holds no credential."""
    Source.objects.filter(
        Q(refused_at=None) | Q(refused_at__lt=now - _AT_MOST_EVERY), pk=source.pk
    ).update(refused_at=now, refused_reason=reason[:300])
