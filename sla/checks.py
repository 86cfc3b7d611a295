"""Checks of the shipped terms and of the panel's settings."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils import timezone

from sla.domain.escalation.document import shipped_escalation
from sla.domain.terms.document import shipped_terms
from sla.domain.terms.objectives import shipped_objectives
from sla.domain.terms.reader import TermsError
from sla.domain.tools.frame_ancestors import is_origin


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


@register
def check_panel(**_: Any) -> Sequence[CheckMessage]:
    """Who may frame the panel is named by origins, and its links live for hours."""
    bad = [each for each in settings.PANEL_ANCESTORS if not is_origin(each)]
    found: list[CheckMessage] = [
        Error(
            f"SIVO_PANEL_ANCESTORS holds “{each}”, which is no origin.",
            hint="Scheme and host alone, in small letters: https://acme.zendesk.com",
            id="sla.E002",
        )
        for each in bad
    ]
    if not 1 <= settings.PANEL_HOURS <= 72:
        found.append(
            Error(
                "SIVO_PANEL_HOURS must lie between 1 and 72.",
                hint="A working day is enough: a side bar asks for a new link each time.",
                id="sla.E003",
            )
        )
    return found
