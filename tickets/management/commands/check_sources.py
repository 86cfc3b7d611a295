"""For monitoring: how each source is, as JSON Lines; exit status 1 when one needs somebody."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from tickets.domain.instants import format_instant
from tickets.domain.jsonlines import encode
from tickets.operations.source_health import Light, SourceHealth, all_health
from tickets.queries import database_now


class Command(BaseCommand):
    """`manage.py check_sources`: one line per source, by name."""

    help = (
        "Prints one JSON object per source: when its last delivery came, whether it is silent for "
        "longer than is usual for it, and what is wrong. Exit status 1 when one is silent or in "
        "trouble."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """All sources, then the exit status."""
        found = all_health(now=database_now())
        for health in found:
            sys.stdout.buffer.write(encode(_line(health)))
        sys.stdout.buffer.flush()
        if any(health.light in {Light.SILENT, Light.TROUBLE} for health in found):
            sys.exit(1)


def _line(health: SourceHealth) -> dict[str, Any]:
    silence = health.silence
    gap = silence.usual_gap if silence else None
    return {
        "source": health.source.name,
        "id": str(health.source.pk),
        "kind": health.source.kind,
        "state": health.light.value,
        "last_delivery_at": format_instant(health.last_at) if health.last_at else None,
        "silent_seconds": int(silence.lasts.total_seconds()) if silence else None,
        "usual_gap_seconds": int(gap.total_seconds()) if gap else None,
        "expected": round(silence.expected, 1) if silence else None,
        "problems": [
            {
                "kind": str(problem.kind),
                "folder": problem.folder or None,
                "text": problem.text or None,
                "at": format_instant(problem.at) if problem.at else None,
                "retry_at": format_instant(problem.retry_at) if problem.retry_at else None,
            }
            for problem in health.problems
        ],
    }
