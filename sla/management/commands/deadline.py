"""`manage.py deadline`: first-response deadlines with receipts, JSON Lines in and out."""

import sys

from django.core.management.base import BaseCommand

from sla.domain.commands.deadline import answer
from tickets.domain.jsonlines import answer_lines


class Command(BaseCommand):
    """Answers each line {"id","plan","severity","received","terms"} from the terms alone."""

    help = "Reads tickets as JSON Lines and answers when the first response is due, and why."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        """Exits 1 when a line could not be answered."""
        status = answer_lines(answer, sys.stdin.buffer, sys.stdout.buffer)
        if status:
            sys.exit(status)
