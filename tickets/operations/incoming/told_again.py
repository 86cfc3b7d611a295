"""A message that is here already is told again: an answer of ours, or its true time."""

from datetime import timedelta

from tickets.domain.event_time import EventTime, confirmed_time, start_time, stop_time
from tickets.domain.incoming import IncomingMessage
from tickets.domain.words import AuthorKind
from tickets.models import Delivery, Outcome, Ticket
from tickets.operations.incoming.applied import Applied, NotTogether, TooEarly
from tickets.operations.incoming.batch import Batch
from tickets.operations.incoming.confirm_time import confirm_message
from tickets.operations.incoming.known import Arrival, Held
from tickets.operations.outgoing import echoes
from tickets.operations.ticket.write_message import stored_key

# Until the outbox has written down what it sends at this moment.
_TURNS_TO_WAIT = 2


def event_time(incoming: IncomingMessage, delivery: Delivery) -> EventTime:
    """The instant that counts: an answer of ours stops a clock, all else may start one."""
    if delivery.is_confirmed:
        return confirmed_time(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    if incoming.author.kind is AuthorKind.CUSTOMER:
        return start_time(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    # Not received_at: a mailbox date could be set by the one who profits from it.
    return stop_time(
        occurred_at=incoming.occurred_at,
        arrived_at=delivery.stored_at,
        tolerance=timedelta(seconds=delivery.source.stop_tolerance_seconds),
    )


def told_back(arrival: Arrival, ticket: Ticket, batch: Batch) -> Applied | None:
    """An answer of ours that its tool tells us of, before our outbox has written it down."""
    if not batch.alone:
        raise NotTogether
    incoming, delivery = arrival.incoming, arrival.delivery
    mine = echoes.find_echo(ticket, incoming)
    if mine is not None:
        at = event_time(incoming, delivery).at
        echoes.adopt(ticket, mine, incoming, at=at, now=batch.now)
        return Applied(
            outcome=Outcome.DUPLICATE, ticket=ticket, reason="an answer of ours, told by the tool"
        )
    if delivery.attempts <= _TURNS_TO_WAIT and echoes.is_sending(ticket):
        raise TooEarly("an answer of ours is just being sent there: it may be this one")
    return None


def confirm(arrival: Arrival, held: Held, batch: Batch) -> bool:
    """The tool says when it was really written; False when it stands there already."""
    if arrival.incoming.occurred_at is None:
        return False
    if not batch.alone:
        raise NotTogether
    return confirm_message(
        ticket=held.ticket,
        key=stored_key(arrival.incoming),
        delivery=arrival.delivery,
        at=event_time(arrival.incoming, arrival.delivery).at,
        now=batch.now,
    )
