"""Changing how severe a ticket is: a person's choice, judged by whoever keeps the promises."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.facts import Fact, in_order
from tickets.domain.guards import Change, ask_guards
from tickets.domain.severity_log import read_severity
from tickets.domain.words import Channel, EventKind, Severity, SeverityBy
from tickets.models import Delivery, Message, Ticket
from tickets.operations.severity.corrections import note_correction
from tickets.operations.ticket.log import Entry, lock_ticket, record
from tickets.operations.ticket.notes import store_note
from tickets.queries import log_of


class ReasonNeeded(ValueError):
    """Lowering an S1 or S2 needs a reason: say in one sentence what changed."""


class NothingToConfirm(ValueError):
    """There is no lowered severity that waits for a second person."""


@transaction.atomic
def change_severity(
    *,
    ticket_id: int,
    severity: Severity,
    got_worse: bool,
    reason: str,
    user: User,
    now: datetime,
) -> Ticket:
    """Sets the severity; `got_worse` counts from now, otherwise it was misjudged from the start.

    Raises ReasonNeeded, or ChangeRefused by a guard.
    """
    ticket = lock_ticket(ticket_id)
    before = Severity(ticket.severity)
    lowered = severity.rank > before.rank
    if lowered and before.rank <= 2 and not reason.strip():
        raise ReasonNeeded(str(ReasonNeeded.__doc__))
    note: Message | None = None
    if reason.strip():
        note = store_note(ticket=ticket, text=reason, user=user, channel=Channel.HELPDESK, now=now)
    entry = severity_entry(
        ticket=ticket,
        severity=severity,
        got_worse=got_worse,
        actor=user,
        at=now,
        key=f"severity:{user.pk}:{now.isoformat()}",
        message=note,
    )
    if record(ticket, [entry], now=now):
        note_correction(
            ticket=ticket,
            before=before,
            after=severity,
            got_worse=got_worse,
            reason=note,
            user=user,
            now=now,
        )
    return ticket


@transaction.atomic
def confirm_severity(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """A second person confirms a lowered severity, which then counts for the contract."""
    ticket = lock_ticket(ticket_id)
    # A source that says it again adds nothing that could be confirmed.
    counting = [int(fact.key) for fact in read_severity(log_of(ticket)).changes]
    change = (
        ticket.events.filter(pk__in=counting, details__contract="pending")
        .order_by("-at", "-pk")
        .first()
    )
    if (
        change is None
        or ticket.events.filter(
            kind=EventKind.SEVERITY_CONFIRMED, details__of_event=str(change.pk)
        ).exists()
    ):
        raise NothingToConfirm(str(NothingToConfirm.__doc__))
    if change.actor_id == user.pk:
        raise NothingToConfirm("Somebody else must confirm: you lowered it yourself.")
    record(
        ticket,
        [
            Entry(
                kind=EventKind.SEVERITY_CONFIRMED,
                at=now,
                key=f"{EventKind.SEVERITY_CONFIRMED}:{change.pk}",
                actor=user,
                details={"of_event": str(change.pk)},
            )
        ],
        now=now,
    )
    return ticket


def severity_entry(
    *,
    ticket: Ticket,
    severity: Severity,
    got_worse: bool,
    actor: User | None,
    at: datetime,
    key: str,
    message: Message | None = None,
    delivery: Delivery | None = None,
    by: SeverityBy = SeverityBy.PERSON,
) -> Entry:
    """The fact of a change, judged as of `at`; the caller holds the lock. Raises ChangeRefused."""
    facts = [fact for fact in log_of(ticket) if fact.at <= at]
    details: dict[str, object] = {
        "from": read_severity(facts).severity if facts else ticket.severity,
        "to": severity.value,
        "mode": "got_worse" if got_worse else "misjudged",
    }
    if by is not SeverityBy.PERSON:
        details["by"] = by.value
    # Against what holds without doubt: neither saying it twice nor raising it half way back
    # makes a lowering out of one that still waits for its second person.
    if severity.rank > _firm_severity(ticket, facts).rank:
        details |= ask_guards(ticket.pk, Change.LOWER_SEVERITY, at)
    return Entry(
        kind=EventKind.SEVERITY_CHANGED,
        at=at,
        key=key[:100],
        actor=actor,
        message=message,
        delivery=delivery,
        details=details,
    )


def _firm_severity(ticket: Ticket, facts: Sequence[Fact]) -> Severity:
    """The severity without the lowerings that nobody has confirmed."""
    confirmed = {
        fact.details["of_event"] for fact in facts if fact.kind is EventKind.SEVERITY_CONFIRMED
    }
    counting = {fact.key for fact in read_severity(facts).changes}
    severity: Severity | None = None
    for fact in in_order(facts):
        if fact.kind is EventKind.OPENED and severity is None:
            severity = Severity(fact.details["severity"])
        elif fact.key in counting and (
            fact.details.get("contract") != "pending" or fact.key in confirmed
        ):
            severity = Severity(fact.details["to"])
    return severity or Severity(ticket.severity)
