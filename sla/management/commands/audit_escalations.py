"""Plans every escalation step again from the log and prints each difference."""

import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from sla.operations.escalation.audit_escalations import AuditedSteps, audit_all
from tickets.domain.instants import format_instant
from tickets.domain.jsonlines import print_line
from tickets.queries import database_now


class Command(BaseCommand):
    """`manage.py audit_escalations`: exit status 1 when a difference is unexplained."""

    help = (
        "Plans the escalation steps of every clock again from the ticket's log, the policies and "
        "the acknowledgements, and compares them with what was recorded. Prints one JSON object "
        "per difference and a summary line; exit status 1 if any is unexplained."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Streams the differences, then the summary."""
        audited = AuditedSteps()
        differences = unexplained = 0
        for difference in audit_all(audited, now=database_now()):
            differences += 1
            unexplained += not difference.explanation
            print_line({name: _plain(value) for name, value in asdict(difference).items()})
        print_line(
            {
                "clocks": audited.clocks,
                "planned": audited.planned,
                "recorded": audited.recorded,
                "differences": differences,
                "unexplained": unexplained,
            }
        )
        if unexplained:
            sys.exit(1)


def _plain(value: object) -> object:
    return format_instant(value) if isinstance(value, datetime) else value
