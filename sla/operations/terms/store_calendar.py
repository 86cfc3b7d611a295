"""Storing a calendar's version: content-addressed, added once, never changed."""

from datetime import datetime
from typing import Any

from sla.domain.terms.calendars import CalendarDefinition
from sla.domain.time.timezones import tzdata_version
from sla.models import CalendarVersion


def store_version(definition: CalendarDefinition, now: datetime) -> CalendarVersion:
    """The row of this content, added when it is new."""
    content: dict[str, Any] = {
        "calendar": definition.raw(),
        "tzdata": tzdata_version(),
        "source": definition.source,
        "names": {
            language: {
                day.isoformat(): name for day, name in definition.holiday_names(language).items()
            }
            for language in ("en", "es")
        },
    }
    row, _ = CalendarVersion.objects.get_or_create(
        sha256=definition.sha256,
        defaults={
            "code": definition.code,
            "definition": content,
            "tzdata_version": tzdata_version(),
            "created_at": now,
        },
    )
    return row
