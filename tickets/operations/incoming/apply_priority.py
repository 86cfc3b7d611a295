"""The origin states a priority: an agent's is a choice, anybody else's a hint, or binding."""

from dataclasses import dataclass, replace
from datetime import datetime

from tickets.domain.incoming import IncomingSeverity, UnknownPriority
from tickets.domain.instants import format_instant, parse_instant
from tickets.domain.plain_word import is_tag, plain_word
from tickets.domain.severity_log import BY_TAG, SeverityReading, read_severity
from tickets.domain.words import AuthorKind, Severity, SeverityBy
from tickets.models import Delivery, Outcome, Ticket
from tickets.operations.incoming.applied import Applied, TooEarly
from tickets.operations.incoming.apply_status import (
    NOTHING_TO_CONFIRM,
    already_told,
    ticket_of,
    time_of,
)
from tickets.operations.incoming.identify import find_agent
from tickets.operations.incoming.told_before import same_severity, told_of
from tickets.operations.severity.change import severity_entry
from tickets.operations.ticket.log import Entry, record
from tickets.queries import log_of

# So much more severe than the text is worth a look.
_FAR = 2
_OUTDATED = "an older priority than the one that holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """A priority on its way to its locked ticket; `mapped` by the source's own table."""

    incoming: IncomingSeverity | UnknownPriority
    delivery: Delivery
    ticket: Ticket
    mapped: Severity | None

    @property
    def is_by_agent(self) -> bool:
        return self.incoming.author.kind is AuthorKind.AGENT

    @property
    def only_confirms(self) -> bool:
        """Whether it dates what was said before, and says nothing of its own."""
        return isinstance(self.incoming, IncomingSeverity) and self.incoming.only_confirms

    @property
    def by_tag(self) -> bool:
        """Whether a tag says it."""
        return is_tag(self.incoming.word)

    @property
    def severity(self) -> Severity | None:
        if isinstance(self.incoming, UnknownPriority):
            return self.mapped
        return self.mapped or Severity(self.incoming.severity)


def apply_priority(
    *, incoming: IncomingSeverity | UnknownPriority, delivery: Delivery, now: datetime
) -> Applied:
    """Keeps the word, and sets the severity where it may. Raises TooEarly."""
    mapped = delivery.source.severity_of(plain_word(incoming.word))
    try:
        ticket = ticket_of(incoming.thread, delivery)
    except TooEarly:
        # A word that means nothing here need not wait for its ticket.
        if isinstance(incoming, UnknownPriority) and mapped is None:
            return Applied(outcome=Outcome.IGNORED, reason=incoming.reason)
        raise
    stated = _Stated(incoming=incoming, delivery=delivery, ticket=ticket, mapped=mapped)
    is_newest = stated.only_confirms or _keep_word(stated)
    if stated.is_by_agent and stated.severity is not None:
        return _set(stated, stated.severity, SeverityBy.PERSON, now, is_newest=is_newest)
    if stated.mapped is not None and delivery.source.priority_binding:
        return _set(stated, stated.mapped, SeverityBy.SOURCE, now, is_newest=is_newest)
    if stated.only_confirms:
        return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=NOTHING_TO_CONFIRM)
    if stated.mapped is not None:
        _ask_for_a_look(ticket, stated.mapped)
    return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=_why_not(stated))


def _set(
    stated: _Stated, severity: Severity, by: SeverityBy, now: datetime, *, is_newest: bool
) -> Applied:
    incoming, delivery, ticket = stated.incoming, stated.delivery, stated.ticket
    known = same_severity(
        told_of(ticket),
        severity,
        incoming.occurred_at,
        by_api=delivery.is_confirmed,
        by_tag=stated.by_tag,
    )
    if known is not None and (delivery.is_confirmed or known.is_sure):
        confirmed_at = time_of(incoming, delivery, starts=True).at
        # Whether it lowers, and needs a second person, is judged by when it really was.
        anew = _entry(stated, severity, by, confirmed_at) if known.is_off(confirmed_at) else None
        details = anew.details if anew else None
        return already_told(known, incoming, ticket, delivery, now, anew=details)
    if stated.only_confirms:
        return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=NOTHING_TO_CONFIRM)
    at = said = time_of(incoming, delivery, starts=True)
    if severity.rank > _reading_at(ticket, at.at).severity.rank:
        # A lowering takes a promise back: like an answer, it is not believed long afterwards,
        # or whoever holds the secret would lower a missed ticket before it was missed.
        at = time_of(incoming, delivery, starts=False)
        if not is_newest and at.at > said.at:
            # Dated anew, an old word would overrule the newer ones that came before it.
            return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=_OUTDATED)
    entry = _entry(stated, severity, by, at.at)
    if at.stated is not None:
        entry = replace(entry, details={**entry.details, **at.details()})
    record(ticket, [entry], now=now)
    return Applied(outcome=Outcome.APPENDED, ticket=ticket)


def _entry(stated: _Stated, severity: Severity, by: SeverityBy, at: datetime) -> Entry:
    incoming, delivery, ticket = stated.incoming, stated.delivery, stated.ticket
    entry = severity_entry(
        ticket=ticket,
        severity=severity,
        # What a tool says of a ticket later on is news; nobody had misjudged it.
        got_worse=(
            by is SeverityBy.SOURCE
            and severity.rank < _reading_at(ticket, at).severity.rank
            and at > ticket.opened_at
        ),
        actor=find_agent(incoming.author.email) if by is SeverityBy.PERSON else None,
        at=at,
        key=f"severity:{delivery.pk}:{incoming.key}"[:100],
        delivery=delivery,
        by=by,
    )
    return replace(entry, details={**entry.details, BY_TAG: True}) if stated.by_tag else entry


def _reading_at(ticket: Ticket, at: datetime) -> SeverityReading:
    facts = [fact for fact in log_of(ticket) if fact.at <= at]
    return read_severity(facts) if facts else SeverityReading(severity=Severity(ticket.severity))


def _keep_word(stated: _Stated) -> bool:
    """The newest word of each side, so that an agent reads it as it was said; whether it is."""
    incoming = stated.incoming
    at = time_of(incoming, stated.delivery, starts=True).at
    who = "customer" if incoming.author.kind is AuthorKind.CUSTOMER else "helpdesk"
    known = stated.ticket.stated_priorities.get(who)
    if known and parse_instant(known["at"]) > at:
        return False
    stated.ticket.stated_priorities = {
        **stated.ticket.stated_priorities,
        who: {"word": incoming.word, "at": format_instant(at)},
    }
    stated.ticket.save(update_fields=["stated_priorities"])
    return True


def _ask_for_a_look(ticket: Ticket, mapped: Severity) -> None:
    """A priority far above the verdict sets nothing, but somebody should look."""
    far = mapped.rank <= Severity(ticket.severity).rank - _FAR
    if far and ticket.severity_origin == SeverityBy.RULES and not ticket.needs_triage:
        ticket.needs_triage = True
        ticket.save(update_fields=["needs_triage"])


def _why_not(stated: _Stated) -> str:
    if isinstance(stated.incoming, UnknownPriority) and stated.mapped is None:
        return stated.incoming.reason
    if stated.incoming.author.kind is AuthorKind.CUSTOMER:
        return "a customer's own priority does not set the severity"
    return "a machine's priority does not set the severity"
