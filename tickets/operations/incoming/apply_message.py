"""A message arrives: it opens a ticket, joins one, or is ignored with a reason."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from tickets.domain.event_time import EventTime
from tickets.domain.incoming import IncomingMessage
from tickets.domain.own_mail import is_own_mail
from tickets.domain.severity import Verdict
from tickets.domain.words import AuthorKind, EventKind, MailKind, Severity
from tickets.models import Delivery, Outcome, Ticket
from tickets.operations.incoming.applied import MAX_ATTEMPTS, Applied, NotTogether, TooEarly
from tickets.operations.incoming.batch import Batch, Staged
from tickets.operations.incoming.confirm_time import IN_TIME
from tickets.operations.incoming.find_thread import find_repeated, find_ticket, is_repeat
from tickets.operations.incoming.identify import identify
from tickets.operations.incoming.known import Arrival, Held
from tickets.operations.incoming.later_messages import heard_in, is_sure, judge_later
from tickets.operations.incoming.told_again import confirm, event_time, told_back
from tickets.operations.outgoing import echoes
from tickets.operations.ticket.identity import Identity
from tickets.operations.ticket.log import Entry, record
from tickets.operations.ticket.open_ticket import (
    adopt_opening,
    adopt_people,
    has_first_message,
    judge,
    new_ticket,
    opening_severity,
)
from tickets.operations.ticket.write_message import new_message
from tickets.outbound.keys import signing_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a ticket opens with: the severity, and the verdict on the message when it is new."""

    severity: Severity
    verdict: Verdict | None = None


def apply_message(arrival: Arrival, batch: Batch) -> Applied:
    """Stages what a message changes; automatic mail never opens a ticket.

    Raises TooEarly, or NotTogether in a batch of many, before anything is staged.
    """
    if _is_own_mail(arrival):
        return Applied(outcome=Outcome.IGNORED, reason="our own mail came back")
    identity = identify(arrival, batch.known)
    held = find_repeated(arrival, identity, batch.known)
    if held is not None:
        return Applied(
            outcome=Outcome.DUPLICATE,
            ticket=held.ticket,
            reason="this mail came by another way before",
        )
    held = find_ticket(arrival, identity, batch.known)
    if held is None:
        reason = _why_not_open(arrival)
        if reason:
            return Applied(outcome=Outcome.IGNORED, reason=reason)
        return _open(arrival, identity, batch)
    return _append(arrival, identity, held, batch)


def _open(arrival: Arrival, identity: Identity, batch: Batch) -> Applied:
    incoming, delivery = arrival.incoming, arrival.delivery
    _wait_for_opening(incoming, delivery)
    at = event_time(incoming, delivery)
    verdict = judge(incoming, batch.weights)
    ticket = new_ticket(
        source=delivery.source,
        incoming=incoming,
        identity=identity,
        verdict=verdict,
        opened_at=at.at,
    )
    held = batch.open(ticket)
    opening = Opening(severity=verdict.severity, verdict=verdict)
    _add(arrival, identity, held, batch, at=at, opening=opening)
    batch.acknowledge(arrival, held, identity.contact)
    return Applied(outcome=Outcome.OPENED, ticket=held.ticket)


def _append(arrival: Arrival, identity: Identity, held: Held, batch: Batch) -> Applied:
    if is_repeat(held, arrival, batch.known):
        confirmed = arrival.delivery.is_confirmed and confirm(arrival, held, batch)
        if arrival.incoming.opens and identity.contact and held.ticket.requester_id is None:
            return _learn_people(arrival, identity, held.ticket, batch)
        if confirmed:
            return Applied(outcome=Outcome.APPENDED, ticket=held.ticket, reason=IN_TIME)
        return Applied(
            outcome=Outcome.DUPLICATE, ticket=held.ticket, reason="this message is already here"
        )
    if held.has_echoes and echoes.may_be_ours(arrival.incoming):
        told = told_back(arrival, held.ticket, batch)
        if told is not None:
            return told
    if arrival.is_our_mail and not batch.known.is_heard(arrival, held):
        # A mail that nobody of the customer's was sent is a note: they have heard nothing.
        arrival = replace(arrival, incoming=replace(arrival.incoming, public=False))
    at = event_time(arrival.incoming, arrival.delivery)
    opening = _late_opening(arrival.incoming, identity, held, batch, at.at)
    _add(arrival, identity, held, batch, at=at, opening=opening)
    batch.watch(arrival, held, identity.contact)
    return Applied(outcome=Outcome.APPENDED, ticket=held.ticket)


def _learn_people(arrival: Arrival, identity: Identity, ticket: Ticket, batch: Batch) -> Applied:
    """The first message told again, now with its writer's address: whose ticket it is, is known.

    Zendesk's events name nobody by address; its trigger does, and may come after them.
    """
    if not batch.alone:
        raise NotTogether
    incoming, delivery = arrival.incoming, arrival.delivery
    adopt_people(ticket=ticket, incoming=incoming, identity=identity)
    at = event_time(incoming, delivery)
    opening = Opening(severity=opening_severity(ticket))
    entry = Entry(
        kind=EventKind.OPENED,
        at=at.at,
        key=f"opened:people:{delivery.pk}",
        delivery=delivery,
        details=_details(EventKind.OPENED, opening, None, incoming, at),
    )
    record(ticket, [entry], now=batch.now)
    reason = "who wrote the first message is known now"
    return Applied(outcome=Outcome.APPENDED, ticket=ticket, reason=reason)


def _is_own_mail(arrival: Arrival) -> bool:
    source = arrival.delivery.source
    if not source.is_mail:
        return False
    if is_own_mail(arrival.incoming, signing_keys()):
        return True
    ours = {address.lower() for address in (*settings.SUPPORT_ADDRESSES, source.address)}
    return not arrival.is_sent and arrival.incoming.author.email.lower() in ours - {""}


def _why_not_open(arrival: Arrival) -> str:
    if arrival.incoming.kind is not MailKind.HUMAN:
        return "an automatic mail that belongs to no ticket opens none"
    if arrival.is_sent:
        return "a mail of ours that belongs to no ticket opens none"
    return ""


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
    incoming: IncomingMessage, identity: Identity, held: Held, batch: Batch, at: datetime
) -> Opening | None:
    """What to open with when this is, after all, where the conversation begins."""
    ticket: Ticket = held.ticket
    begins = (
        incoming.author.kind is AuthorKind.CUSTOMER and incoming.public and at < ticket.opened_at
    )
    if not incoming.opens and not begins:
        return None
    if not batch.alone:
        raise NotTogether
    if incoming.opens:
        if has_first_message(ticket):
            # Said twice: whose ticket it is stays as it was said first.
            return Opening(severity=opening_severity(ticket))
        verdict = judge(incoming, batch.weights)
        adopt_opening(ticket=ticket, incoming=incoming, identity=identity, verdict=verdict)
        return Opening(severity=verdict.severity, verdict=verdict)
    severity = opening_severity(ticket)
    if incoming.thread:
        # It counts as a later message too, and may raise as such.
        return Opening(severity=severity)
    verdict = judge(incoming, batch.weights)
    if is_sure(verdict):
        severity = min(severity, verdict.severity)
    return Opening(severity=severity, verdict=verdict)


def _add(
    arrival: Arrival,
    identity: Identity,
    held: Held,
    batch: Batch,
    *,
    at: EventTime,
    opening: Opening | None,
) -> None:
    incoming = arrival.incoming
    message = new_message(
        ticket=held.ticket,
        incoming=incoming,
        identity=identity,
        at=at.at,
        delivery=arrival.delivery,
    )
    kinds: list[EventKind] = []
    if opening is not None:
        kinds.append(EventKind.OPENED)
    # A webhook's later message may arrive first: then it opens the ticket and counts as itself.
    if not incoming.opens and (incoming.thread or opening is None):
        kinds.append(_kind(incoming))
    verdict = opening.verdict if opening is not None else None
    later = judge_later(incoming, batch.weights) if EventKind.CUSTOMER_WROTE in kinds else None
    staged = Staged(
        held=held,
        message=message,
        facts={kind: _details(kind, opening, later, incoming, at) for kind in kinds},
        actor=identity.agent,
        delivery=arrival.delivery,
        verdict=verdict or later,
    )
    batch.add(staged, incoming)


def _kind(incoming: IncomingMessage) -> EventKind:
    if not incoming.public:
        return EventKind.NOTE_ADDED
    if incoming.kind is not MailKind.HUMAN or incoming.author.kind is AuthorKind.BOT:
        return EventKind.AUTO_REPLIED
    if incoming.author.kind is AuthorKind.AGENT:
        return EventKind.AGENT_REPLIED
    return EventKind.CUSTOMER_WROTE


def _details(
    kind: EventKind,
    opening: Opening | None,
    later: Verdict | None,
    incoming: IncomingMessage,
    at: EventTime,
) -> dict[str, object]:
    if kind is EventKind.CUSTOMER_WROTE and later is not None:
        return {**at.details(), **heard_in(later)}
    if kind is not EventKind.OPENED or opening is None:
        return at.details()
    by = "customer" if incoming.author.kind is AuthorKind.CUSTOMER else "agent"
    return {**at.details(), "by": by, "severity": opening.severity.value}
