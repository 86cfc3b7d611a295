"""Severity of messages, one JSON object per line, without the database."""

import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand

from tickets.domain.jsonlines import answer_lines, text
from tickets.domain.severity import classify


class Command(BaseCommand):
    """`classify < messages.jsonl`; exit status 1 when a line failed."""

    help = "Judges the severity of messages: JSON Lines on standard input and output."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answers until standard input ends."""
        status = answer_lines(_answer, sys.stdin.buffer, sys.stdout.buffer)
        if status:
            sys.exit(status)


def _answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    verdict = classify(
        channel=text(request, "channel", ""),
        subject=text(request, "subject", ""),
        body=text(request, "body", ""),
    )
    return {
        "severity": verdict.severity.value,
        "confidence": round(verdict.confidence, 3),
        "needs_triage": verdict.needs_triage,
        "language": verdict.language,
        "reasons": [
            {"signal": reason.signal, "text": reason.text, "weight": round(reason.weight, 3)}
            for reason in verdict.reasons
        ],
    }
