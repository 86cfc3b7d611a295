"""Which ticket a message belongs to: by the source's own id, address, references, subject."""

from collections.abc import Iterator

from tickets.domain.incoming import IncomingMessage
from tickets.operations.incoming.applied import WaitsForAnother
from tickets.operations.incoming.known import Arrival, Held, HeldMessage, Known, looked_up
from tickets.operations.incoming.known import subject_numbers as _subject_numbers
from tickets.operations.ticket.identity import Identity
from tickets.operations.ticket.write_message import clean, hash_of, stored_key


def find_ticket(arrival: Arrival, identity: Identity, known: Known) -> Held | None:
    """The ticket, or None for a new conversation.

    Raises WaitsForAnother when the mail that this one answers is not understood yet.
    """
    incoming = arrival.incoming
    if incoming.thread:
        return known.threads.get((arrival.delivery.source, incoming.thread))
    if arrival.addressed in known.tickets:
        # Whoever has the signed address was shown a mail of this conversation.
        return known.tickets[arrival.addressed]
    found = [
        held for held in _candidates(arrival, known) if arrival.is_sent or _may_join(held, identity)
    ]
    if arrival.is_our_mail:
        # Ours may join anything, so a stranger's mail that bears the id or the number of another
        # conversation must not draw our answer to itself.
        found.sort(key=lambda held: not known.is_heard(arrival, held))
    if found:
        return found[0]
    for reference in looked_up(incoming.references):
        if known.waiting.get(reference[:255], arrival.delivery.pk) < arrival.delivery.pk:
            raise WaitsForAnother("the mail that this one answers is being processed")
    return None


def find_repeated(arrival: Arrival, identity: Identity, known: Known) -> Held | None:
    """The ticket that holds this very mail of this very person: it came to two of our addresses.

    A Message-ID alone is the sender's to choose and must silence nothing. Raises WaitsForAnother
    when another mail with this id is not understood yet.
    """
    incoming = arrival.incoming
    if incoming.thread or not incoming.key or identity.contact is None:
        return None
    key, body = stored_key(incoming), hash_of(clean(incoming.body))
    for message in known.messages.get(key, ()):
        if message.body_sha256 == body and message.contact_id == identity.contact.pk:
            return message.held
    if known.waiting.get(key[:255], arrival.delivery.pk) < arrival.delivery.pk:
        raise WaitsForAnother("a mail with the same Message-ID is being processed")
    return None


def is_repeat(held: Held, arrival: Arrival, known: Known) -> bool:
    """Whether this conversation already holds this message (a Message-ID alone proves nothing)."""
    incoming = arrival.incoming
    if not incoming.key:
        return False
    key = stored_key(incoming)
    if incoming.thread:
        return key in held.keys
    body = hash_of(clean(incoming.body))
    return any(
        # What we sent ourselves has no stranger who chose its Message-ID; whoever got it may
        # write under the same one, and faster than its copy is found.
        message.held is held
        and ((arrival.is_sent and message.is_ours) or message.body_sha256 == body)
        for message in known.messages.get(key, ())
    )


def _candidates(arrival: Arrival, known: Known) -> Iterator[Held]:
    yield from _by_references(arrival.incoming, known)
    if arrival.trusted:
        # Anybody can count up to a reference and forge a sender; only those who took part in a
        # conversation know its Message-IDs.
        for number in _subject_numbers(arrival.incoming.subject):
            if number in known.tickets:
                yield known.tickets[number]


def _by_references(incoming: IncomingMessage, known: Known) -> list[Held]:
    found: list[HeldMessage] = []
    for reference in looked_up(incoming.references):
        found += known.messages.get(reference, ())
    newest = sorted(found, key=lambda message: message.at, reverse=True)
    return list(dict.fromkeys(message.held for message in newest))


def _may_join(held: Held, identity: Identity) -> bool:
    # Message-IDs and subjects are the sender's to forge: only people of the same
    # conversation or company may join it.
    if identity.agent is not None:
        return True
    if identity.contact is None:
        return False
    if identity.customer is not None and held.ticket.customer_id == identity.customer.pk:
        return True
    return held.ticket.requester_id == identity.contact.pk or identity.contact.pk in held.people
