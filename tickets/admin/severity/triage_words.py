"""Why a person must look at a ticket's severity, and what its origin says of it: in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tickets.domain.plain_word import plain_word
from tickets.domain.severity_log import SeverityReading
from tickets.domain.words import EventKind, Severity
from tickets.models import Ticket, Triage

_FAILED = frozenset({"failed", "fallback"})
_UNSURE = 0.6
_UNKNOWN = frozenset({"und", ""})
_FAR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A priority as somebody put it, and what it means by the source's table."""

    who: str
    word: str
    mapped: Severity | None
    by_customer: bool


def stated_of(ticket: Ticket) -> list[Stated]:
    """What the customer chose and what the helpdesk says."""
    found = []
    for who, label in (("customer", _("Customer chose")), ("helpdesk", _("Helpdesk says"))):
        said = str(ticket.stated_priorities.get(who, {}).get("word", ""))
        if said:
            found.append(
                Stated(
                    who=label,
                    word=said,
                    mapped=ticket.source.severity_of(plain_word(said)),
                    by_customer=who == "customer",
                )
            )
    return found


def triage_words(ticket: Ticket, reading: SeverityReading, triage: Triage | None) -> Sequence[str]:
    """Each reason as a sentence; the caller knows that somebody must look."""
    said = []
    if reading.doubts:
        fact, severity = reading.doubts[-1]
        told = (
            _("The newest message sounds like %(severity)s.")
            if fact.kind is EventKind.CUSTOMER_WROTE
            else _("The source's priority means %(severity)s now.")
        )
        said.append(told % {"severity": severity})
    if ticket.customer_id is None:
        said.append(_("The sender belongs to no known customer."))
    present = Severity(ticket.severity)
    for each in stated_of(ticket):
        if each.mapped is not None and each.mapped.rank <= present.rank - _FAR:
            words = (
                _("The customer chose “%(word)s”, which means %(severity)s here.")
                if each.by_customer
                else _("The helpdesk says “%(word)s”, which means %(severity)s here.")
            )
            said.append(words % {"word": each.word, "severity": each.mapped})
    if triage is not None and triage.needs_triage:
        said.append(_why_unsure(triage))
    return said or [_("Something spoke for more before; nothing does now. Is it right?")]


def _why_unsure(triage: Triage) -> str:
    if triage.version in _FAILED:
        return _("The rules failed on this message.")
    if triage.language in _UNKNOWN:
        return _("The language of the message is not known for sure.")
    if triage.confidence < _UNSURE:
        return _("The rules are not sure.")
    return _("It may be more severe than it was read.")
