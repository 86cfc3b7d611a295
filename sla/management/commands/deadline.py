"""`manage.py deadline`: first-response deadlines with receipts, JSON Lines in and out."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand

from sla.domain.deadline import METRIC, first_response_deadline
from tickets.domain.instants import (
    format_instant,
    format_seconds,
    from_microseconds,
    parse_instant,
)
from tickets.domain.jsonlines import answer_lines, required, text

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Answers each line {"id","plan","severity","received","terms"} from the terms alone."""

    help = "Reads tickets as JSON Lines and answers when the first response is due, and why."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        """Exits 1 when a line could not be answered."""
        status = answer_lines(answer, sys.stdin.buffer, sys.stdout.buffer)
        if status:
            sys.exit(status)


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one request, without its id. Raises ValueError."""
    deadline = first_response_deadline(
        plan=text(request, "plan"),
        severity=_optional_text(request, "severity"),
        received=parse_instant(required(request, "received")),
        terms=_optional_text(request, "terms"),
    )
    if not deadline.holidays_known:
        logger.warning(
            "no holidays are listed in %s for the year of %s",
            deadline.calendar,
            format_instant(deadline.due_at),
        )
    return {
        "metric": METRIC,
        "due_at": format_instant(deadline.due_at),
        "calendar": deadline.calendar,
        "allowance_seconds": deadline.allowance_seconds,
        "receipt": [
            {
                "from": format_instant(from_microseconds(line.from_us)),
                "to": format_instant(from_microseconds(line.to_us)),
                "seconds": format_seconds(line.counted_us),
                "text": line.text,
            }
            for line in deadline.receipt
        ],
    }


def _optional_text(request: Mapping[str, Any], key: str) -> str | None:
    return None if request.get(key) is None else text(request, key)
