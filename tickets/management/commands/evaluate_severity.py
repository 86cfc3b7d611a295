"""How well severities are judged, on tickets that were not learned from, without the database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tickets.domain.severity.cases import Case, regression_cases, shipped_cases
from tickets.domain.severity.evaluation import (
    Outcome,
    across,
    baselines,
    by_author,
    by_scenario,
    judged,
)
from tickets.domain.severity.report import page
from tickets.domain.severity.training import design

PAGE = Path(__file__).parents[2] / "domain" / "severity" / "EVALUATION.md"
_DETAILED = "classifier, other authors"
_OPENING = """# How well severities are judged

Written by `manage.py evaluate_severity --write`. *Other authors*: each author's tickets are judged
by weights learned from the other authors'; the authors whose tickets the rules were written on are
learned from and not judged. *Other scenarios*: five folds that keep variants of one failure
together. *Never learned from*: the shipped weights on `regression/`. In brackets the middle 95 % of
400 resamplings of scenarios. Cost: as in `judging.py`, per ticket. ECE: expected calibration error.
The authors wrote hard cases on purpose (two in three); one wrote nothing else. Macro-F1 is over the
severities that occur or were said: of a kind with one or two of them a single slip costs much, and
cost says more."""


class Command(BaseCommand):
    """`evaluate_severity [--write]`: minutes of work on one processor."""

    help = "Measures the severity classifier by grouped cross-validation and against baselines."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The one switch."""
        parser.add_argument(
            "--write", action="store_true", help=f"keep the page as {PAGE.name} beside the weights"
        )

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        """Prints the page, or keeps it."""
        text = page(_compared(), _DETAILED, _OPENING)
        if write:
            PAGE.write_text(text, "utf-8")
        self.stdout.write(text)


def _compared() -> dict[str, list[Outcome]]:
    cases = shipped_cases()
    data = design(cases)
    kernel = data.kernel()
    new = [case for case in cases if not _taught_the_rules(case)]
    return {
        **baselines(new),
        "words alone, other authors": across(
            cases, data, kernel, by_author, words_alone=True, always=_taught_the_rules
        ),
        _DETAILED: across(cases, data, kernel, by_author, always=_taught_the_rules),
        "classifier, other scenarios": across(
            cases, data, kernel, by_scenario, always=_taught_the_rules
        ),
        "classifier, never learned from": judged(regression_cases()),
    }


def _taught_the_rules(case: Case) -> bool:
    return case.author == "founders"
