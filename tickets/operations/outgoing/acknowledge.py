"""Acknowledging a new ticket: once, to a person, with the instant by which we answer."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from tickets.domain.automatic_answer import answer_address, why_no_answer
from tickets.domain.incoming import IncomingMessage
from tickets.domain.promises import promise_of
from tickets.domain.words import AuthorKind, Channel, MailKind, MailRole, Status
from tickets.models import Contact, Delivery, Message, SendState, Source, Ticket
from tickets.operations.outgoing.answer import new_message_id
from tickets.operations.ticket.write_message import hash_of
from tickets.outbound.wording import receipt, spoken

FIRST_IMPORT = "first_import"
# One per ticket: the database refuses a second message with this key.
KEY = "acknowledgement"
_ONCE_PER_SENDER = timedelta(hours=24)
_WORTHLESS_AFTER = timedelta(hours=12)
_HOUR = timedelta(hours=1)


class NotWanted(Exception):
    """Nobody wants this mail any more; the message says why."""


def wanted(*, source: Source, incoming: IncomingMessage, delivery: Delivery, now: datetime) -> str:
    """ "" when the sender of a mail that opens a ticket may get an acknowledgement; else why not.

    Looks at what it is given only: no query.
    """
    if not source.acknowledges or not source.is_mail:
        return "this source does not acknowledge"
    if delivery.arrived_by == FIRST_IMPORT:
        return "the mail was there before we read this mailbox"
    if delivery.role == MailRole.SENT:
        return "the mail is one of ours"
    own = {address.lower() for address in (*settings.SUPPORT_ADDRESSES, source.address) if address}
    return why_no_answer(
        incoming,
        received_at=delivery.received_at,
        now=now,
        own_addresses=own,
        needs_dmarc=bool(settings.OWN_MX_HOSTS),
    )


def claim_senders(contact_ids: Collection[int], now: datetime) -> set[int]:
    """Those who got no acknowledgement within 24 hours; each of them has now been promised one.

    Two at once never both get the same person. Call it in the transaction that stores the rows.
    """
    with transaction.atomic():
        # In one order, or two batches would wait for each other.
        free = (
            Contact.objects.select_for_update(no_key=True)
            .filter(pk__in=contact_ids)
            .exclude(acknowledged_at__gt=now - _ONCE_PER_SENDER)
            .order_by("pk")
        )
        claimed = set(free.values_list("pk", flat=True))
        if claimed:
            Contact.objects.filter(pk__in=claimed).update(acknowledged_at=now)
    return claimed


def stage(*, ticket: Ticket, incoming: IncomingMessage, now: datetime) -> Message:
    """The row, not saved; its text is written when it leaves, when the promise is known.

    Save it with `ignore_conflicts`, for a ticket that has one already.
    """
    return Message(
        ticket=ticket,
        author_kind=AuthorKind.BOT,
        author_name=settings.SENDER_NAME,
        channel=Channel.EMAIL,
        mail_kind=MailKind.AUTO,
        body_sha256=hash_of(""),
        at=now,
        message_id=new_message_id(ticket.source),
        key=KEY,
        send_state=SendState.WAITING,
        send_to=answer_address(incoming),
        send_after=now,
    )


def write_text(message: Message, *, language: str, now: datetime) -> None:
    """Writes and stores the text of one that leaves now. Raises NotWanted.

    Every try of one mail says the same.
    """
    ticket = message.ticket
    reason = _why_no_longer(message, ticket, now)
    if reason:
        raise NotWanted(reason)
    if message.body:
        return
    message.body = message.reply = receipt(
        reference=ticket.reference,
        promise=promise_of(ticket.pk),
        sender_name=settings.SENDER_NAME,
        now=now,
        language=language,
    )
    message.subject, message.body_sha256 = ticket.subject, hash_of(message.body)
    message.save(update_fields=["body", "reply", "subject", "body_sha256"])


def language_of(ticket: Ticket) -> str:
    """The customer's language; for somebody unknown the one that the first message is in."""
    if ticket.customer is not None:
        return spoken(ticket.customer.language)
    triage = ticket.triages.only("language").first()
    return spoken(triage.language if triage else "", settings.LANGUAGE_CODE[:2])


def _why_no_longer(message: Message, ticket: Ticket, now: datetime) -> str:
    if ticket.status == Status.SPAM:
        return "the ticket is marked as spam"
    if ticket.parked_at is not None:
        return "automatic mail is stopped in this ticket"
    if ticket.answered_at is not None or ticket.status == Status.SOLVED:
        return "a person was faster"
    if now - message.at > _WORTHLESS_AFTER:
        return "it would come too late"
    most = settings.ACKNOWLEDGEMENTS_PER_HOUR
    lately = Message.objects.filter(author_kind=AuthorKind.BOT, accepted_at__gt=now - _HOUR)
    if lately.count() >= most:
        return f"{most} automatic mails have left within an hour: no more for now"
    return ""
