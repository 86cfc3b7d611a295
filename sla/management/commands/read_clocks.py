"""`read_clocks`: JSON Lines of logs in, what each clock says out; needs no database."""

import sys

from django.core.management.base import BaseCommand

from sla.domain.clock_json import answer_clocks
from tickets.domain.jsonlines import answer_lines


class Command(BaseCommand):
    """One log per line on standard input, its clocks per line on standard output."""

    help = (
        "Reads the clocks of ticket logs: one JSON object per line with calendar, targets, events "
        "and as_of in, one with the clocks out. Exit status 1 when a line failed."
    )
    requires_system_checks = []

    def handle(self, *_args: object, **_options: object) -> None:
        status = answer_lines(answer_clocks, sys.stdin.buffer, sys.stdout.buffer)
        if status:
            sys.exit(status)
