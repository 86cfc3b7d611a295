"""First-response deadlines in JSON: one request, one answer, for the command and the API."""

import logging
from collections.abc import Mapping
from typing import Any

from sla.domain.clocks.deadline import METRIC, first_response_deadline
from tickets.domain.instants import (
    format_instant,
    format_seconds,
    from_microseconds,
    parse_instant,
)
from tickets.domain.jsonlines import required, text

logger = logging.getLogger(__name__)


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
