"""Opening a ticket: the first message, its severity, and the first fact of the log."""

import logging
from datetime import datetime

from tickets.domain.incoming import IncomingMessage
from tickets.domain.severity import Verdict, Weights, classify
from tickets.domain.words import AuthorKind, EventKind, Severity
from tickets.models import Message, SeverityOrigin, Source, Ticket, Triage
from tickets.operations.ticket.identity import Identity
from tickets.operations.ticket.write_message import clean, stored_key

logger = logging.getLogger(__name__)

# In the place of a version: nobody has judged what one of ours wrote.
OPENED_BY_US = "opened by us"


def new_ticket(
    *,
    source: Source,
    incoming: IncomingMessage,
    identity: Identity,
    verdict: Verdict,
    opened_at: datetime,
) -> Ticket:
    """The row that a first message opens, not stored yet."""
    return Ticket(
        subject=clean(incoming.subject)[:500],
        channel=incoming.channel,
        severity=verdict.severity,
        needs_triage=verdict.needs_triage or identity.customer is None,
        customer=identity.customer,
        requester=identity.contact or identity.addressee,
        source=source,
        thread=incoming.thread,
        opened_at=opened_at,
    )


def adopt_opening(
    *, ticket: Ticket, incoming: IncomingMessage, identity: Identity, verdict: Verdict
) -> None:
    """The first message of a ticket that a later one had opened: subject and people are its own.

    What a person decided meanwhile stands.
    """
    ticket.subject, ticket.channel = clean(incoming.subject)[:500], incoming.channel
    ticket.requester = identity.contact or identity.addressee or ticket.requester
    if not ticket.events.filter(kind=EventKind.CUSTOMER_SET).exists():
        ticket.customer = identity.customer or ticket.customer
    if ticket.severity_origin == SeverityOrigin.RULES:
        ticket.needs_triage = verdict.needs_triage or ticket.customer is None
    ticket.save(update_fields=["subject", "channel", "requester", "customer", "needs_triage"])


def adopt_people(*, ticket: Ticket, incoming: IncomingMessage, identity: Identity) -> None:
    """Who wrote the first message of a ticket of nobody's; what a person decided stands."""
    key = stored_key(incoming)
    ticket.messages.filter(key=key, contact=None).update(contact=identity.contact)
    ticket.requester = identity.contact
    if not ticket.events.filter(kind=EventKind.CUSTOMER_SET).exists():
        ticket.customer = identity.customer or ticket.customer
    ticket.save(update_fields=["requester", "customer"])


def has_first_message(ticket: Ticket) -> bool:
    """Whether the message that opens the conversation has come: it counts as nothing else."""
    counted = ticket.events.exclude(kind=EventKind.OPENED).filter(message__isnull=False)
    openings = ticket.events.filter(kind=EventKind.OPENED, message__isnull=False)
    return openings.exclude(message__in=counted.values("message")).exists()


def opening_severity(ticket: Ticket) -> Severity:
    """The severity that the ticket was opened with, before any person changed it."""
    first = ticket.events.filter(kind=EventKind.OPENED).order_by("at", "pk").first()
    return Severity(first.details["severity"] if first else ticket.severity)


def new_triage(message: Message, verdict: Verdict, now: datetime) -> Triage:
    """The verdict on a message as a row, not stored yet."""
    return Triage(
        ticket=message.ticket,
        message=message,
        severity=verdict.severity,
        confidence=verdict.confidence,
        needs_triage=verdict.needs_triage,
        language=verdict.language,
        reasons=[
            {"signal": reason.signal, "text": clean(reason.text), "weight": reason.weight}
            for reason in verdict.reasons
        ],
        version=verdict.version,
        at=now,
    )


def judge(incoming: IncomingMessage, weights: Weights | None) -> Verdict:
    """The rules' verdict, with the shipped weights if with no others.

    When learnt weights fail the shipped ones judge; when the rules themselves fail, a cautious S2
    that a person looks at.
    """
    if incoming.author.kind is not AuthorKind.CUSTOMER:
        return Verdict(
            severity=Severity.S4,
            confidence=0.0,
            needs_triage=False,
            language="und",
            reasons=(),
            version=OPENED_BY_US,
        )
    try:
        return _by_rules(incoming, weights)
    except Exception:
        logger.exception("the severity rules failed")
        return Verdict(
            severity=Severity.S2,
            confidence=0.0,
            needs_triage=True,
            language="und",
            reasons=(),
            version="failed",
        )


def _by_rules(incoming: IncomingMessage, weights: Weights | None) -> Verdict:
    subject, body = clean(incoming.subject), clean(incoming.body)
    verdict = classify(channel=incoming.channel, subject=subject, body=body, weights=weights)
    if weights is not None and verdict.version == "fallback":
        logger.error("the severity model %s failed: the shipped weights judge", weights.version)
        return classify(channel=incoming.channel, subject=subject, body=body)
    return verdict
