"""Validates and loads the shipped terms, objectives, calendars and escalation policies."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sla.domain.terms.reader import TermsError
from sla.operations.escalation.policies import load_escalation
from sla.operations.terms.load_terms import TermsChanged, load_terms
from tickets.queries import database_now


class Command(BaseCommand):
    """`manage.py load_terms [--region MD]`."""

    help = "Validates and loads the terms of the SLA, the internal objectives, the calendars and "
    "the escalation policies that were never there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The region of the office calendar."""
        parser.add_argument(
            "--region",
            help="Whose regional holidays the office calendar keeps, such as MD or CT; "
            '"" for the national list. Without it, what is set stays.',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads, and says what was new."""
        try:
            loaded = load_terms(now=timezone.now(), region=options["region"])
            policies = load_escalation(now=database_now())
        except (TermsError, TermsChanged) as error:
            raise CommandError(str(error)) from None
        for what, codes in (
            ("terms", loaded.terms),
            ("objectives", loaded.objectives),
            ("calendars", loaded.calendars),
            ("escalation policies", policies),
        ):
            self.stdout.write(f"{what}: {', '.join(codes) if codes else 'nothing new'}")
