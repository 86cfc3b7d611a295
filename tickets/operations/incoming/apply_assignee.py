"""The origin's tool gave a ticket to somebody: our own person, as far as the source says who."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User

from tickets.domain.assignment import BY_TOOL, UNKNOWN, Word, last_word, whose, word_for
from tickets.domain.incoming import IncomingAssignee
from tickets.domain.words import EventKind
from tickets.models import Delivery, Outcome, Source, Ticket
from tickets.operations.incoming.applied import MAX_ATTEMPTS, Applied, TooEarly
from tickets.operations.incoming.apply_status import already_told, ticket_of, time_of
from tickets.operations.incoming.identify import find_agent
from tickets.operations.incoming.told_before import same_assignment, told_of
from tickets.operations.ticket.log import Entry, record
from tickets.queries import log_of

_NOT_KNOWN = (
    "the assignee there is nobody here: add the id and our user name to the people of ours on the "
    "page of the source, such as 8447388090494 = alice"
)
_AS_BEFORE = "the tool says again whose ticket it is"


def apply_assignee(*, incoming: IncomingAssignee, delivery: Delivery, now: datetime) -> Applied:
    """Gives the ticket to our person of these names, or to nobody; the newest word counts.

    What the tool only repeats changes nothing, so that our own desk may give it to somebody else.
    Of somebody who is nobody here, the log says so once.
    Raises TooEarly while the ticket is not known and may still come.
    """
    try:
        ticket = ticket_of(incoming.thread, delivery)
    except TooEarly as early:
        if delivery.attempts < MAX_ATTEMPTS:
            raise
        return Applied(outcome=Outcome.IGNORED, reason=str(early))
    word = word_in(delivery.source, incoming)
    at = time_of(incoming, delivery, starts=True)
    said = last_word(log_of(ticket), at.at)
    if incoming.is_repeated and said == word:
        # With each of its calls: not even worth a reason.
        return Applied(outcome=Outcome.IGNORED, ticket=ticket)
    known = same_assignment(
        told_of(ticket), word, incoming.occurred_at, by_api=delivery.is_confirmed
    )
    if known is not None and (delivery.is_confirmed or known.is_sure):
        applied = already_told(known, incoming, ticket, delivery, now)
        _follow(ticket)
        return applied
    _write(ticket, incoming, delivery, word, now)
    if word[0] == UNKNOWN:
        return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=_NOT_KNOWN)
    if said == word:
        return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=_AS_BEFORE)
    return Applied(outcome=Outcome.APPENDED, ticket=ticket)


def word_in(source: Source, incoming: IncomingAssignee) -> Word:
    """What a record says, by the people of ours that the source names."""
    person = person_of(source, incoming.names)
    return word_for(incoming.names, person.pk if person else None)


def person_of(source: Source, names: Sequence[str]) -> User | None:
    """Whom the source's own list names, else who has one of these addresses."""
    listed = source.people_of_ours()
    for name in names:
        user_name = listed.get(name.casefold())
        if user_name:
            found = User.objects.filter(username=user_name, is_active=True, is_staff=True).first()
            if found is not None:
                return found
    addresses = [name for name in names if "@" in name]
    return next((found for name in addresses if (found := find_agent(name))), None)


def _write(
    ticket: Ticket, incoming: IncomingAssignee, delivery: Delivery, word: Word, now: datetime
) -> None:
    at = time_of(incoming, delivery, starts=True)
    kind, to = word
    entry = Entry(
        kind=EventKind.ASSIGNED,
        at=at.at,
        key=f"{EventKind.ASSIGNED}:{delivery.pk}:{incoming.key}"[:100],
        delivery=delivery,
        details={kind: to, "by": BY_TOOL, **at.details()},
    )
    record(ticket, [entry], now=now)
    _follow(ticket)


def _follow(ticket: Ticket) -> None:
    """Whose it is follows from the log."""
    to = whose(log_of(ticket))
    if ticket.assignee_id != to:
        ticket.assignee = User.objects.filter(pk=to).first() if to else None
        ticket.save(update_fields=["assignee"])
