"""What a batch of messages needs to know, read in a fixed number of queries; tickets locked."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Lower

from tickets.domain.facts import Fact
from tickets.domain.incoming import Author, IncomingMessage
from tickets.domain.reply_address import ticket_of
from tickets.domain.words import AuthorKind, MailRole
from tickets.models import (
    REFERENCE,
    Contact,
    Delivery,
    DeliveryState,
    Message,
    Source,
    Ticket,
)
from tickets.operations.contacts import Claim, find_or_make_contacts
from tickets.operations.trust import as_agent_if_proven, is_trusted
from tickets.operations.write_message import stored_key
from tickets.outbound.keys import signing_keys
from tickets.queries import logs_of

# What a mail answers comes first; a server has room for a few thousand locks.
_LOCKED_REFERENCES = 5
# Of a hostile mail's references and subject only so many are looked up.
MAX_REFERENCES = 50
MAX_SUBJECT_NUMBERS = 3


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """A ticket that this transaction holds: locked, or new and not stored yet."""

    ticket: Ticket
    facts: Sequence[Fact] = ()
    people: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """A stored message, or one that this batch will store, as far as threading asks."""

    message_id: str
    body_sha256: str
    contact_id: int | None
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

    def agent(self, email: str) -> User | None:
        """The active person of ours with this address."""
        return self.agents.get(email.lower()) if email else None


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


def look_up(pairs: Sequence[tuple[Delivery, IncomingMessage]]) -> tuple[Known, list[Arrival]]:
    """Everything that applying these messages asks for, and the messages as their authors' own."""
    agents = _agents(pairs)
    keys = signing_keys()
    arrivals = [
        Arrival(
            delivery=delivery,
            incoming=as_agent_if_proven(incoming, delivery, agents),
            trusted=is_trusted(incoming, delivery),
            addressed=ticket_of(incoming.recipients, keys) if delivery.source.is_mail else None,
        )
        for delivery, incoming in pairs
    ]
    _meet(arrivals)
    contacts = find_or_make_contacts(_claims(arrivals))
    # Before the messages: what is in neither was in nobody's hands.
    waiting = _waiting(arrivals)
    rows = _messages(arrivals)
    tickets, threads = _tickets(arrivals, {row[3] for row in rows})
    messages: dict[str, list[HeldMessage]] = defaultdict(list)
    for message_id, sha256, contact_id, ticket_id, at in rows:
        messages[message_id].append(
            HeldMessage(
                message_id=message_id,
                body_sha256=sha256,
                contact_id=contact_id,
                at=at,
                held=tickets[ticket_id],
            )
        )
    known = Known(
        contacts=contacts,
        agents=agents,
        tickets=tickets,
        threads=threads,
        messages=messages,
        waiting=waiting,
    )
    return known, arrivals


def addressee(incoming: IncomingMessage) -> Author | None:
    """The customer's person to whom one of ours opens a ticket."""
    if incoming.author.kind is AuthorKind.CUSTOMER or not incoming.opens or not incoming.recipients:
        return None
    return Author(kind=AuthorKind.CUSTOMER, email=incoming.recipients[0])


def _agents(pairs: Iterable[tuple[Delivery, IncomingMessage]]) -> Mapping[str, User]:
    addresses = {
        address.lower()
        for _, incoming in pairs
        for address in (incoming.author.email, *incoming.recipients)
        if address
    }
    rows = User.objects.annotate(address=Lower("email")).filter(
        address__in=addresses, is_active=True, is_staff=True
    )
    return {user.email.lower(): user for user in rows} if addresses else {}


def _meet(arrivals: Iterable[Arrival]) -> None:
    """Lets no other transaction look up the same Message-IDs before this one has ended.

    Else one mail in two of our mailboxes opens two tickets, and so does a mail with its answer.
    """
    ids: set[str] = set()
    for arrival in arrivals:
        if not arrival.incoming.thread:
            ids |= {stored_key(arrival.incoming), *arrival.incoming.references[:_LOCKED_REFERENCES]}
    # In one order, so that no two ever wait for each other.
    numbers = sorted(
        int.from_bytes(hashlib.sha256(each.encode(errors="replace")).digest()[:8], signed=True)
        for each in ids - {""}
    )
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number",
                [numbers],
            )


def _claims(arrivals: Iterable[Arrival]) -> Iterable[Claim]:
    for arrival in arrivals:
        incoming = arrival.incoming
        if incoming.author.kind is AuthorKind.CUSTOMER:
            yield Claim(incoming.author, arrival.trusted)
        else:
            person = addressee(incoming)
            if person is not None:
                yield Claim(person, arrival.trusted)


def _message_ids(arrivals: Iterable[Arrival]) -> set[str]:
    found: set[str] = set()
    for arrival in arrivals:
        if not arrival.incoming.thread:
            found |= {stored_key(arrival.incoming), *arrival.incoming.references[:MAX_REFERENCES]}
    return found - {""}


def _waiting(arrivals: Sequence[Arrival]) -> Mapping[str, int]:
    """Mails with these Message-IDs that were kept earlier and are not understood yet."""
    mine = {arrival.delivery.pk for arrival in arrivals}
    ids = {each[:255] for each in _message_ids(arrivals)}
    if not ids:
        return {}
    rows = Delivery.objects.filter(
        state=DeliveryState.WAITING,
        mail_id__in=ids,
        pk__lt=max(mine),
        # One that did not end well must not hold its answers back.
        attempts__lte=1,
    ).exclude(pk__in=mine)
    return dict(rows.order_by("-pk").values_list("mail_id", "pk"))


def _messages(arrivals: Sequence[Arrival]) -> list[tuple[str, str, int | None, int, datetime]]:
    ids = _message_ids(arrivals)
    if not ids:
        return []
    rows = Message.objects.filter(message_id__in=ids).order_by("-at", "-pk")
    return list(rows.values_list("message_id", "body_sha256", "contact_id", "ticket_id", "at"))


def _tickets(
    arrivals: Sequence[Arrival], ids: set[int]
) -> tuple[dict[int, Held], dict[tuple[Source, str], Held]]:
    wanted = set(ids)
    threads: dict[str, set[Source]] = defaultdict(set)
    for arrival in arrivals:
        if arrival.incoming.thread:
            threads[arrival.incoming.thread].add(arrival.delivery.source)
        else:
            wanted |= set(subject_numbers(arrival.incoming.subject))
            if arrival.addressed is not None:
                wanted.add(arrival.addressed)
    if not wanted and not threads:
        return {}, {}
    sources = {source for group in threads.values() for source in group}
    locked = (
        Ticket.objects.select_related("requester")
        .select_for_update(of=("self",))
        .filter(Q(pk__in=wanted) | Q(source__in=sources, thread__in=list(threads)))
    )
    # In one order, so that two batches never wait for each other.
    held = {ticket.pk: Held(ticket=ticket) for ticket in locked.order_by("pk")}
    for pk, facts in logs_of(list(held)).items():
        held[pk].facts = facts
    for ticket_id, contact_id in _people(held):
        held[ticket_id].people.add(contact_id)
    if threads:
        keys = [stored_key(arrival.incoming) for arrival in arrivals]
        rows = Message.objects.filter(ticket_id__in=held, key__in=keys).exclude(key="")
        for ticket_id, key in rows.values_list("ticket_id", "key"):
            held[ticket_id].keys.add(key)
    by_id = {source.pk: source for source in sources}
    return held, {
        (by_id[each.ticket.source_id], each.ticket.thread): each
        for each in held.values()
        if each.ticket.thread and each.ticket.source_id in by_id
    }


def _people(tickets: Iterable[int]) -> Iterable[tuple[int, int]]:
    rows = Message.objects.filter(ticket_id__in=tickets, contact__isnull=False).order_by()
    return rows.values_list("ticket_id", "contact_id").distinct()


def subject_numbers(subject: str) -> Sequence[int]:
    """The tickets that a subject names."""
    return [int(number) for number in REFERENCE.findall(subject)[:MAX_SUBJECT_NUMBERS]]
