"""Checks of the shipped terms: that they can be read, and that no calendar runs out."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.utils import timezone

from sla.domain.escalation_document import shipped_escalation
from sla.domain.terms_document import shipped_terms
from sla.domain.terms_objectives import shipped_objectives
from sla.domain.terms_reader import TermsError


@register
def check_terms(**_: Any) -> Sequence[CheckMessage]:
    """Reads every shipped file as strictly as loading does."""
    try:
        terms, _objectives = shipped_terms(), shipped_objectives()
        shipped_escalation()
    except TermsError as error:
        return [Error(str(error), id="sla.E001")]
    # A deadline of 48 business hours that starts in December ends in the next year.
    next_year = timezone.now().year + 1
    return [
        Warning(
            f"The calendar {calendar.code} knows no holidays for {next_year}.",
            hint="Publish terms whose calendar covers that year.",
            id="sla.W001",
        )
        for calendar in terms[-1].calendars
        if calendar.covered_years is not None and next_year not in calendar.covered_years
    ]
