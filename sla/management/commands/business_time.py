"""`manage.py business_time`: deadlines and open time as JSON Lines, without a database."""

import sys

from django.core.management.base import BaseCommand

from sla.domain.commands.business_time import answer
from tickets.domain.jsonlines import answer_lines


class Command(BaseCommand):
    """Reads requests from standard input; exit status 1 when a line failed."""

    help = "Answers JSON Lines: 'add' gives a deadline, 'between' the open seconds of a calendar."
    requires_system_checks = []

    def handle(self, *_args: object, **_options: object) -> None:
        """Answers every line of standard input on standard output."""
        sys.exit(answer_lines(answer, sys.stdin.buffer, sys.stdout.buffer))
