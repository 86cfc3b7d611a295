"""Opening a ticket for somebody who did not write to us: by telephone, in a chat, by a program."""

import uuid
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.incoming import Author, IncomingMessage
from tickets.domain.words import AuthorKind, Channel
from tickets.models import Customer, Outcome, Source, SourceKind, Ticket
from tickets.operations.desk.actions import set_customer
from tickets.operations.incoming.apply_incoming import apply_incoming
from tickets.operations.incoming.finish import settle, store_fates
from tickets.operations.incoming.identify import find_agent
from tickets.operations.incoming.receive import receive_delivery
from tickets.operations.ticket.notes import EmptyText
from tickets.operations.ticket.write_message import clean
from tickets.outbound.headers import encoded, header_block, mailbox

SOURCE = "API"


class NotOpened(ValueError):
    """No ticket can be opened from this; the message says why."""


@transaction.atomic
def create_ticket(
    *,
    requester: Author,
    subject: str,
    text: str,
    channel: Channel,
    occurred_at: datetime | None,
    customer: Customer | None,
    user: User,
    now: datetime,
) -> Ticket:
    """Opens a ticket as a message of the requester's would; the severity rules judge the text.

    It is kept as a delivery first, and its answers leave by e-mail. `occurred_at`: when they asked,
    kept within the 24 hours before `now`. `customer`: whose it is, when the address does not say.
    Raises EmptyText or NotOpened.
    """
    body = clean(text).strip()
    if not body:
        raise EmptyText(str(EmptyText.__doc__))
    if find_agent(requester.email) is not None:
        raise NotOpened("The requester is one of our own people: name the customer's person.")
    number = str(uuid.uuid4())
    incoming = IncomingMessage(
        thread=number,
        key=number,
        author=requester,
        subject=subject,
        body=body,
        reply=body,
        channel=channel,
        opens=True,
        occurred_at=occurred_at,
        # Whoever has the right to open tickets vouches for the requester.
        authenticated=True,
    )
    delivery = receive_delivery(
        source=_source(),
        external_id=f"api:{number}",
        body=_as_mail(incoming, now),
        headers={"created-by": str(user.pk)},
        received_at=now,
        now=now,
    ).delivery
    applied = apply_incoming(incoming=incoming, delivery=delivery, now=now)
    if applied.ticket is None or applied.outcome is not Outcome.OPENED:
        raise NotOpened(f"No ticket was opened: {applied.reason}.")
    settle(delivery, [applied], now)
    store_fates([delivery])
    if customer is not None and applied.ticket.customer_id != customer.pk:
        return set_customer(ticket_id=applied.ticket.pk, customer=customer, user=user, now=now)
    return applied.ticket


def requester_of(*, email: str, name: str) -> Author:
    """A person of the customer's."""
    return Author(kind=AuthorKind.CUSTOMER, email=email, name=clean(name))


def _source() -> Source:
    source, _ = Source.objects.get_or_create(
        name=SOURCE, defaults={"kind": SourceKind.EMAIL, "channel": Channel.HELPDESK}
    )
    return source


def _as_mail(incoming: IncomingMessage, now: datetime) -> bytes:
    """The delivery's raw form: what an erasure looks for addresses in, and people can read."""
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(f"{incoming.body}\n", cte="quoted-printable")
    head = header_block(
        [
            ("From", mailbox(incoming.author.name, incoming.author.email)),
            ("To", settings.SUPPORT_ADDRESSES[0]),
            ("Subject", encoded("Subject", incoming.subject)),
            ("Date", format_datetime(incoming.occurred_at or now)),
        ]
    )
    return head + mail.as_bytes()
