"""A message arrives: it opens a ticket, joins one, or is ignored with a reason."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from tickets.domain.event_time import EventTime, start_time, stop_time
from tickets.domain.incoming import IncomingMessage
from tickets.domain.words import AuthorKind, EventKind, MailKind, Severity
from tickets.models import Delivery, Outcome, Source, Ticket
from tickets.operations.applied import MAX_ATTEMPTS, Applied, TooEarly
from tickets.operations.find_thread import find_repeated, find_ticket
from tickets.operations.identify import Identity, find_agent, identify
from tickets.operations.log import Entry, record
from tickets.operations.open_ticket import (
    adopt_opening,
    has_first_message,
    open_ticket,
    opening_severity,
)
from tickets.operations.write_message import is_repeat, store_message


def apply_message(*, incoming: IncomingMessage, delivery: Delivery, now: datetime) -> Applied:
    """Opens a ticket or appends to one; automatic mail never opens any."""
    source = delivery.source
    if source.is_mail:
        if incoming.author.email.lower() in {
            address.lower() for address in settings.SUPPORT_ADDRESSES
        }:
            return Applied(outcome=Outcome.IGNORED, reason="our own mail came back")
        incoming = _as_agent_if_proven(incoming)
    identity = identify(incoming, source)
    ticket = find_repeated(incoming, identity)
    if ticket is not None:
        return Applied(
            outcome=Outcome.DUPLICATE, ticket=ticket, reason="this mail came by another way before"
        )
    ticket = find_ticket(incoming, source, identity)
    if ticket is None and incoming.kind is not MailKind.HUMAN:
        return Applied(
            outcome=Outcome.IGNORED,
            reason="an automatic mail that belongs to no ticket opens none",
        )
    if ticket is not None and identity.agent and _stays_in_the_house(incoming, source):
        incoming = replace(incoming, public=False)
    at = event_time(incoming, delivery)
    opening: Severity | None = None
    if ticket is None:
        _wait_for_opening(incoming, delivery)
        opened = open_ticket(
            source=source, incoming=incoming, identity=identity, opened_at=at.at, now=now
        )
        ticket, opening = opened.ticket, opened.severity
    opens = opening is not None
    if not opens and is_repeat(ticket, incoming):
        return Applied(
            outcome=Outcome.DUPLICATE, ticket=ticket, reason="this message is already here"
        )
    if not opens:
        opening = _late_opening(ticket, incoming, identity, at.at, now)
    _add(ticket, incoming, identity, delivery, at=at, opening=opening, now=now)
    return Applied(outcome=Outcome.OPENED if opens else Outcome.APPENDED, ticket=ticket)


def event_time(incoming: IncomingMessage, delivery: Delivery) -> EventTime:
    """The instant that counts: an answer of ours stops a clock, all else may start one."""
    if incoming.author.kind is AuthorKind.CUSTOMER:
        return start_time(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    # Not received_at: a mailbox date could be set by the one who profits from it.
    return stop_time(
        occurred_at=incoming.occurred_at,
        arrived_at=delivery.stored_at,
        tolerance=timedelta(seconds=delivery.source.stop_tolerance_seconds),
    )


def _as_agent_if_proven(incoming: IncomingMessage) -> IncomingMessage:
    # A forged "From: alice@..." must not stop a clock: only a passed DMARC makes an agent.
    if incoming.authenticated and find_agent(incoming.author.email):
        return replace(incoming, author=replace(incoming.author, kind=AuthorKind.AGENT))
    return incoming


def _stays_in_the_house(incoming: IncomingMessage, source: Source) -> bool:
    """A mail that nobody but us was sent is a note: the customer has heard nothing."""
    houses = {address.rpartition("@")[2].lower() for address in settings.SUPPORT_ADDRESSES}
    return source.is_mail and all(
        address.rpartition("@")[2].lower() in houses or find_agent(address)
        for address in incoming.recipients
    )


def _wait_for_opening(incoming: IncomingMessage, delivery: Delivery) -> None:
    """An answer that overtook its ticket opens none: who asked, and what, is not known yet.

    No clock runs before somebody asks, so waiting costs nothing. A conversation that is older
    than its source here is opened by the last attempt.
    """
    if (
        incoming.thread
        and not incoming.opens
        and incoming.author.kind is not AuthorKind.CUSTOMER
        and delivery.attempts < MAX_ATTEMPTS
    ):
        raise TooEarly(f"no ticket with the id {incoming.thread!r} has come from this source")


def _late_opening(
    ticket: Ticket, incoming: IncomingMessage, identity: Identity, at: datetime, now: datetime
) -> Severity | None:
    """The severity to open with when this is, after all, where the conversation begins."""
    if incoming.opens and has_first_message(ticket):
        # Said twice: whose ticket it is stays as it was said first.
        return opening_severity(ticket)
    if incoming.opens:
        return adopt_opening(ticket=ticket, incoming=incoming, identity=identity, now=now)
    if incoming.author.kind is AuthorKind.CUSTOMER and incoming.public and at < ticket.opened_at:
        return opening_severity(ticket)
    return None


def _add(
    ticket: Ticket,
    incoming: IncomingMessage,
    identity: Identity,
    delivery: Delivery,
    *,
    at: EventTime,
    opening: Severity | None,
    now: datetime,
) -> None:
    message = store_message(
        ticket=ticket, incoming=incoming, identity=identity, at=at.at, delivery=delivery
    )
    kinds: list[EventKind] = []
    if opening is not None:
        kinds.append(EventKind.OPENED)
    # A webhook's later message may arrive first: then it opens the ticket and counts as itself.
    if not incoming.opens and (incoming.thread or opening is None):
        kinds.append(_kind(incoming))
    record(
        ticket,
        [
            Entry(
                kind=kind,
                at=at.at,
                key=f"{kind}:{message.pk}",
                actor=identity.agent,
                message=message,
                delivery=delivery,
                details=_details(kind, opening, incoming, at),
            )
            for kind in kinds
        ],
        now=now,
    )


def _kind(incoming: IncomingMessage) -> EventKind:
    if not incoming.public:
        return EventKind.NOTE_ADDED
    if incoming.kind is not MailKind.HUMAN or incoming.author.kind is AuthorKind.BOT:
        return EventKind.AUTO_REPLIED
    if incoming.author.kind is AuthorKind.AGENT:
        return EventKind.AGENT_REPLIED
    return EventKind.CUSTOMER_WROTE


def _details(
    kind: EventKind, opening: Severity | None, incoming: IncomingMessage, at: EventTime
) -> dict[str, str]:
    if kind is not EventKind.OPENED or opening is None:
        return {"time": at.rule}
    by = "customer" if incoming.author.kind is AuthorKind.CUSTOMER else "agent"
    return {"time": at.rule, "by": by, "severity": opening.value}
