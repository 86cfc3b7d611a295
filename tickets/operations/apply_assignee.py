"""The origin's tool gave a ticket to somebody: our own person, as far as the source says who."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User

from tickets.domain.event_time import confirmed_time, start_time
from tickets.domain.incoming import IncomingAssignee
from tickets.domain.words import EventKind
from tickets.models import Delivery, Outcome, Source, Ticket, TicketEvent
from tickets.operations.applied import MAX_ATTEMPTS, Applied, TooEarly
from tickets.operations.apply_status import ticket_of
from tickets.operations.identify import find_agent
from tickets.operations.log import Entry, record

_NOT_KNOWN = (
    "the assignee there is nobody here: add the id and our user name to the people of ours on the "
    "page of the source, such as 8447388090494 = alice"
)
_AS_BEFORE = "the tool says again whose ticket it is"


def apply_assignee(*, incoming: IncomingAssignee, delivery: Delivery, now: datetime) -> Applied:
    """Gives the ticket to our person of these names, or to nobody; the newest word counts.

    What the tool only repeats changes nothing, so that our own desk may give it to somebody else.
    Raises TooEarly while the ticket is not known and may still come.
    """
    person = _person(delivery.source, incoming.names)
    if incoming.names and person is None:
        return Applied(outcome=Outcome.IGNORED, reason=_NOT_KNOWN)
    try:
        ticket = ticket_of(incoming.thread, delivery)
    except TooEarly as early:
        if delivery.attempts < MAX_ATTEMPTS:
            raise
        return Applied(outcome=Outcome.IGNORED, reason=str(early))
    time_of = confirmed_time if delivery.is_confirmed else start_time
    at = time_of(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    to = person.pk if person else None
    facts = list(ticket.events.filter(kind=EventKind.ASSIGNED).order_by("at", "pk"))
    if _said_by_then(facts, at.at) == [to]:
        return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=_AS_BEFORE)
    entry = Entry(
        kind=EventKind.ASSIGNED,
        at=at.at,
        key=f"{EventKind.ASSIGNED}:{delivery.pk}:{incoming.key}"[:100],
        delivery=delivery,
        details={"to": to, "by": "tool", "time": at.rule},
    )
    record(ticket, [entry], now=now)
    _follow(ticket)
    return Applied(outcome=Outcome.APPENDED, ticket=ticket)


def _said_by_then(facts: Sequence[TicketEvent], at: datetime) -> list[object]:
    """Whom the tool named last until an instant, in a list; [] when it never did."""
    said = [fact for fact in facts if fact.details.get("by") == "tool" and fact.at <= at]
    return [said[-1].details.get("to")] if said else []


def _follow(ticket: Ticket) -> None:
    newest = ticket.events.filter(kind=EventKind.ASSIGNED).order_by("at", "pk").last()
    to = newest.details.get("to") if newest else None
    if ticket.assignee_id != to:
        ticket.assignee = User.objects.filter(pk=to).first() if to else None
        ticket.save(update_fields=["assignee"])


def _person(source: Source, names: Sequence[str]) -> User | None:
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
