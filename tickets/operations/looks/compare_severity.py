"""What a tool says of the severity, by its priority or its tags, beside what we heard of it."""

from tickets.domain.incoming import IncomingSeverity, UnknownPriority
from tickets.domain.instants import parse_instant
from tickets.domain.plain_word import is_tag, plain_word
from tickets.domain.words import AuthorKind, Severity
from tickets.models import Because, Differs, Ticket
from tickets.operations.incoming.told_before import FINE, same_severity, severities_told
from tickets.operations.looks.sides import Difference, Ours, instant, late


def compare_severity(
    record: IncomingSeverity | UnknownPriority, ours: Ours, *, stands: bool
) -> Difference | None:
    """The difference that a priority or a tag makes; `stands`: since when is not sure."""
    by_tag = is_tag(record.word)
    what = Differs.TAG if by_tag else Differs.PRIORITY
    mapped = ours.source.severity_of(plain_word(record.word))
    severity = mapped or (
        Severity(record.severity) if isinstance(record, IncomingSeverity) else None
    )
    by_agent = record.author.kind is AuthorKind.AGENT
    theirs = f"{record.word} {instant(record.occurred_at)}"
    missing = Difference(what=what, because=Because.NEVER_CAME, key=record.key, theirs=theirs)
    only_confirms = isinstance(record, IncomingSeverity) and record.only_confirms
    if severity is not None and (by_agent or (mapped and ours.source.priority_binding)):
        fact = same_severity(ours.told, severity, record.occurred_at, by_api=True, by_tag=by_tag)
        if fact is not None:
            return late(fact, record.occurred_at, record.key)
        if only_confirms or (stands and _last_said(ours, by_tag=by_tag) == severity):
            return None
        return missing
    if only_confirms:
        return None
    # What was erased of a person is not asked for again.
    if ours.ticket is None or (not ours.is_erased and _is_newer_word(record, ours.ticket)):
        return missing
    if severity is None:
        return Difference(
            what=what,
            because=Because.NO_COUNTERPART,
            key=record.word,
            ours=str(ours.ticket.severity),
            theirs=record.word,
        )
    return None


def _last_said(ours: Ours, *, by_tag: bool) -> str | None:
    said = severities_told(ours.told, by_tag=by_tag)
    return str(said[-1].details.get("to")) if said else None


def _is_newer_word(record: IncomingSeverity | UnknownPriority, ticket: Ticket) -> bool:
    who = "customer" if record.author.kind is AuthorKind.CUSTOMER else "helpdesk"
    known = ticket.stated_priorities.get(who)
    if not known:
        return True
    if known["word"] == record.word or record.occurred_at is None:
        return False
    return record.occurred_at - parse_instant(known["at"]) > FINE
