"""What a batch of messages asks for, read in a fixed number of queries; tickets locked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import F, Q, Window
from django.db.models.functions import Lower, RowNumber

from tickets.domain.incoming import IncomingMessage
from tickets.domain.reply_address import ticket_of
from tickets.domain.words import AuthorKind
from tickets.models import Delivery, DeliveryState, Message, Source, Ticket
from tickets.operations.incoming.known import (
    Arrival,
    Held,
    HeldMessage,
    Known,
    addressee,
    looked_up,
    subject_numbers,
)
from tickets.operations.incoming.meet import meet
from tickets.operations.incoming.readers import find_readers
from tickets.operations.incoming.trust import as_agent_if_proven, is_trusted
from tickets.operations.outgoing.echoes import may_be_ours, tickets_with_echoes
from tickets.operations.ticket.contacts import Claim, find_or_make_contacts
from tickets.operations.ticket.write_message import clean, hash_of, stored_key
from tickets.outbound.keys import signing_keys
from tickets.queries import logs_of

# Anybody may repeat a Message-ID that he has seen, and thousands of tickets that share one would
# all be locked; who had it first had it before any stranger could know it.
_HOLDERS_OF_AN_ID = 5


class _Row(NamedTuple):
    pk: int
    message_id: str
    body_sha256: str
    contact_id: int | None
    author_kind: str
    ticket_id: int
    at: datetime


def look_up(
    pairs: Sequence[tuple[Delivery, IncomingMessage]],
    agents: Mapping[str, User] | None = None,
) -> tuple[Known, list[Arrival]]:
    """Everything that applying these messages asks for, and the messages as their authors' own.

    `agents`: as `make_people` found them a moment ago.
    """
    if agents is None:
        agents = _agents(pairs)
    arrivals = _arrivals(pairs, agents)
    meet(arrivals)
    contacts = find_or_make_contacts(_claims(arrivals))
    # Before the messages: what is in neither was in nobody's hands.
    waiting = _waiting(arrivals)
    rows = _messages(arrivals, {contact.pk for contact in contacts.values()})
    tickets, threads = _tickets(arrivals, {row.ticket_id for row in rows})
    messages: dict[str, list[HeldMessage]] = defaultdict(list)
    for row in rows:
        messages[row.message_id].append(
            HeldMessage(
                message_id=row.message_id,
                body_sha256=row.body_sha256,
                contact_id=row.contact_id,
                is_ours=row.author_kind != AuthorKind.CUSTOMER,
                at=row.at,
                held=tickets[row.ticket_id],
            )
        )
    known = Known(
        contacts=contacts,
        agents=agents,
        tickets=tickets,
        threads=threads,
        messages=messages,
        waiting=waiting,
        readers=find_readers(
            {
                address.lower()
                for arrival in arrivals
                if arrival.is_our_mail
                for address in arrival.incoming.recipients
            }
        ),
    )
    return known, arrivals


def make_people(pairs: Sequence[tuple[Delivery, IncomingMessage]]) -> Mapping[str, User]:
    """Makes the contacts that are new, to be called outside of a transaction; finds the agents.

    Inside of one, every other batch with the same new people would wait until it has ended.
    """
    agents = _agents(pairs)
    find_or_make_contacts(_claims(_arrivals(pairs, agents)))
    return agents


def _arrivals(
    pairs: Sequence[tuple[Delivery, IncomingMessage]], agents: Mapping[str, User]
) -> list[Arrival]:
    keys = signing_keys()
    return [
        Arrival(
            delivery=delivery,
            incoming=as_agent_if_proven(incoming, delivery, agents),
            trusted=is_trusted(incoming, delivery),
            addressed=ticket_of(incoming.recipients, keys) if delivery.source.is_mail else None,
        )
        for delivery, incoming in pairs
    ]


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
            found |= {stored_key(arrival.incoming), *looked_up(arrival.incoming.references)}
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


def _messages(arrivals: Sequence[Arrival], contacts: Collection[int]) -> list[_Row]:
    """The first holders of these Message-IDs, and what may be one of these mails itself."""
    ids = _message_ids(arrivals)
    if not ids:
        return []
    rows = Message.objects.filter(message_id__in=ids).order_by()
    nth = Window(RowNumber(), partition_by=[F("message_id")], order_by="pk")
    first = rows.annotate(nth=nth).filter(nth__lte=_HOLDERS_OF_AN_ID)
    same = rows.filter(
        body_sha256__in={hash_of(clean(arrival.incoming.body)) for arrival in arrivals},
        contact__in=contacts,
    )
    found = {_Row(*row) for part in (first, same) for row in part.values_list(*_Row._fields)}
    return sorted(found, key=lambda row: (row.at, row.pk), reverse=True)


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
    locked = Ticket.objects.select_for_update(of=("self",)).filter(
        Q(pk__in=wanted) | Q(source__in=sources, thread__in=list(threads))
    )
    # In one order, so that two batches never wait for each other.
    held = {ticket.pk: Held(ticket=ticket) for ticket in locked.order_by("pk")}
    for pk, facts in logs_of(list(held)).items():
        held[pk].facts = facts
    for ticket_id, contact_id in _people(held):
        held[ticket_id].people.add(contact_id)
    if threads:
        _read_keys(held, [arrival.incoming for arrival in arrivals])
    by_id = {source.pk: source for source in sources}
    return held, {
        (by_id[each.ticket.source_id], each.ticket.thread): each
        for each in held.values()
        if each.ticket.thread and each.ticket.source_id in by_id
    }


def _read_keys(held: Mapping[int, Held], told: Sequence[IncomingMessage]) -> None:
    """Which of these messages the tickets hold already, and where one of ours may come back."""
    keys = [stored_key(incoming) for incoming in told]
    rows = Message.objects.filter(ticket_id__in=held, key__in=keys).exclude(key="")
    for ticket_id, key in rows.values_list("ticket_id", "key"):
        held[ticket_id].keys.add(key)
    if any(map(may_be_ours, told)):
        for ticket_id in tickets_with_echoes(held):
            held[ticket_id].has_echoes = True


def _people(tickets: Iterable[int]) -> Iterable[tuple[int, int]]:
    rows = Message.objects.filter(ticket_id__in=tickets, contact__isnull=False).order_by()
    return rows.values_list("ticket_id", "contact_id").distinct()
