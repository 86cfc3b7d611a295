"""Learns from the corrections of severity now, as the worker does each night."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tickets.domain.jsonlines import encode
from tickets.operations.severity.retrain import Outcome, Retrained, retrain_severity

_FAILED = {Outcome.BUSY, Outcome.OVERTAKEN, Outcome.REFUSED}


class Command(BaseCommand):
    """`manage.py retrain_severity`: exit status 1 when new weights could not be put into use."""

    help = (
        "Trains the weights of the severity rules with the shipped cases and the corrections, and "
        "puts them into use unless they are worse on the regression set. Prints one JSON object. "
        "Exit status 1 when they were refused, or when another training or a change came between."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One training, one line."""
        done = retrain_severity(now=timezone.now())
        sys.stdout.buffer.write(encode(_line(done)))
        sys.stdout.buffer.flush()
        if done.outcome in _FAILED:
            sys.exit(1)


def _line(done: Retrained) -> dict[str, Any]:
    return {
        "outcome": done.outcome.value,
        "version": done.version or None,
        "cases": done.cases,
        "corrections": done.corrections,
        "reason": done.refusal or None,
        "scores": dict(done.scores) or None,
    }
