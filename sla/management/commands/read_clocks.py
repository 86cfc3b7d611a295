"""`manage.py read_clocks`: the clocks of ticket logs as JSON Lines, without a database."""

import sys

from django.core.management.base import BaseCommand

from sla.domain.commands.clocks import answer_clocks
from tickets.domain.jsonlines import answer_lines


class Command(BaseCommand):
    """Reads logs from standard input; exit status 1 when a line failed."""

    help = "Answers JSON Lines: calendar, targets, events and as_of in, what each clock says out."
    requires_system_checks = []

    def handle(self, *_args: object, **_options: object) -> None:
        """Answers every line of standard input on standard output."""
        sys.exit(answer_lines(answer_clocks, sys.stdin.buffer, sys.stdout.buffer))
