"""What is known while a batch of messages is applied: people, locked tickets, messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User

from tickets.domain.facts import Fact
from tickets.domain.incoming import Author, IncomingMessage
from tickets.domain.words import AuthorKind, MailRole
from tickets.models import (
    REFERENCE,
    Contact,
    Delivery,
    Source,
    Ticket,
)
from tickets.operations.incoming.readers import Readers

# Of a hostile mail's references and subject only so many are looked up: what it answers stands
# in front, and the last of a long conversation at the end.
_FIRST_REFERENCES, _LAST_REFERENCES = 10, 40
MAX_SUBJECT_NUMBERS = 3


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """A ticket that this transaction holds: locked, or new and not stored yet."""

    ticket: Ticket
    facts: Sequence[Fact] = ()
    people: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    is_new: bool = False
    # An answer of ours was handed to its tool, and may come back from there.
    has_echoes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """A stored message, or one that this batch will store, as far as threading asks."""

    message_id: str
    body_sha256: str
    contact_id: int | None
    is_ours: bool
    at: datetime
    held: Held


@dataclass(slots=True, kw_only=True)
class Known:
    """People by address, tickets, messages by Message-ID, and the mails that others hold."""

    contacts: Mapping[str, Contact]
    agents: Mapping[str, User]
    tickets: dict[int, Held]
    threads: dict[tuple[Source, str], Held]
    messages: dict[str, list[HeldMessage]]
    waiting: Mapping[str, int]
    readers: Readers

    def agent(self, email: str) -> User | None:
        """The active person of ours with this address."""
        return self.agents.get(email.lower()) if email else None

    def is_heard(self, arrival: "Arrival", held: Held) -> bool:
        """Whether a mail of ours was sent to somebody on the customer's side of a ticket.

        Where nobody is known there, anybody outside of our house counts.
        """
        houses = {address.rpartition("@")[2].lower() for address in settings.SUPPORT_ADDRESSES}
        outside = [
            address.lower()
            for address in arrival.incoming.recipients
            if address.rpartition("@")[2].lower() not in houses and not self.agent(address)
        ]
        if held.ticket.requester_id is None and not held.people:
            return bool(outside)
        return any(self.readers.is_of(each, held.ticket, held.people) for each in outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message of one delivery, before it is applied; `trusted`: its author is proven.

    `addressed`: the ticket whose signed address it was sent to.
    """

    delivery: Delivery
    incoming: IncomingMessage
    trusted: bool
    addressed: int | None = None

    @property
    def is_sent(self) -> bool:
        """One of ours sent it from a mail program: it lay in the folder of sent mail."""
        return self.delivery.role == MailRole.SENT

    @property
    def is_our_mail(self) -> bool:
        """One of ours wrote it as a mail, wherever it was found."""
        return self.delivery.source.is_mail and self.incoming.author.kind is AuthorKind.AGENT


def looked_up(references: Sequence[str]) -> Sequence[str]:
    """Those that are looked up of a mail's references: the first and the last of them."""
    if len(references) <= _FIRST_REFERENCES + _LAST_REFERENCES:
        return references
    return (*references[:_FIRST_REFERENCES], *references[-_LAST_REFERENCES:])


def addressee(incoming: IncomingMessage) -> Author | None:
    """The customer's person to whom one of ours opens a ticket."""
    if incoming.author.kind is AuthorKind.CUSTOMER or not incoming.opens or not incoming.recipients:
        return None
    return Author(kind=AuthorKind.CUSTOMER, email=incoming.recipients[0])


def subject_numbers(subject: str) -> Sequence[int]:
    """The tickets that a subject names."""
    return [int(number) for number in REFERENCE.findall(subject)[:MAX_SUBJECT_NUMBERS]]
