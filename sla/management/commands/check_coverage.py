"""Prints the hours to come in which nobody could keep a promise."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from sla.domain.duty.coverage import Gap
from sla.queries.duty.coverage import DAYS, Coverage, read_coverage
from tickets.domain.instants import format_instant, format_seconds, from_microseconds
from tickets.domain.jsonlines import print_line
from tickets.queries import database_now

_MOST_DAYS = 366


class Command(BaseCommand):
    """`manage.py check_coverage`: exit status 1 when promised time is covered by nobody."""

    help = (
        "Compares the hours promised to customers with the people on duty. Prints one JSON object "
        "per gap and a summary line; exit status 1 if there is any gap. Queues no notice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far to look."""
        parser.add_argument(
            "--days",
            type=int,
            default=DAYS,
            choices=range(1, _MOST_DAYS + 1),
            metavar="DAYS",
            help=f"How many days to look ahead, at most {_MOST_DAYS} (default {DAYS}).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Streams the gaps, then the summary."""
        found = read_coverage(now=database_now(), days=options["days"])
        gaps = [gap for stretch in found.stretches for gap in stretch.gaps]
        for gap in gaps:
            print_line(_line(gap, found))
        print_line(
            {
                "from": format_instant(found.starts_at),
                "to": format_instant(found.ends_at),
                "stretches": len(found.stretches),
                "gaps": len(gaps),
                "seconds": format_seconds(sum(gap.lasts for gap in gaps)),
                "customers": len(found.customers),
            }
        )
        if gaps:
            sys.exit(1)


def _line(gap: Gap, found: Coverage) -> dict[str, Any]:
    return {
        "from": format_instant(from_microseconds(gap.starts)),
        "to": format_instant(from_microseconds(gap.ends)),
        "seconds": format_seconds(gap.lasts),
        "reason": gap.reason.value,
        "plans": list(gap.plans),
        "customers": [found.customers.get(pk, str(pk)) for pk in gap.customers],
        "on_duty_without_address": [found.people.get(pk, str(pk)) for pk in gap.people],
    }
