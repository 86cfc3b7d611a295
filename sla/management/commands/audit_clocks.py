"""Re-reads every clock from the log with its pins and prints each difference."""

import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from sla.operations.clocks.audit import Audited, audit_clocks
from tickets.domain.jsonlines import print_line
from tickets.queries import database_now


class Command(BaseCommand):
    """`manage.py audit_clocks`: exit status 1 when a difference is unexplained."""

    help = (
        "Reads every clock again from the ticket's log with the pins it was read with. Prints one "
        "JSON object per difference and a summary line; exit status 1 if any is unexplained."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Streams the differences, then the summary."""
        audited = Audited()
        differences = unexplained = 0
        for difference in audit_clocks(audited, now=database_now()):
            differences += 1
            unexplained += not difference.explanation
            print_line(asdict(difference))
        print_line(
            {
                "tickets": audited.tickets,
                "clocks": audited.clocks,
                "differences": differences,
                "unexplained": unexplained,
            }
        )
        if unexplained:
            sys.exit(1)
