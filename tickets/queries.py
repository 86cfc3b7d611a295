"""Reads of the conversation that pages, operations and the promises share."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet

from tickets.domain.facts import Fact, settled
from tickets.domain.severity import MENDED
from tickets.domain.severity_log import SEVERE, SeverityReading, decided_by
from tickets.domain.words import AuthorKind, EventKind, SeverityBy
from tickets.models import (
    Delivery,
    DeliveryState,
    Message,
    SendState,
    Ticket,
    TicketEvent,
    Triage,
)


def logs_of(ticket_ids: Collection[int]) -> Mapping[int, tuple[Fact, ...]]:
    """The logs of some tickets as plain facts, in one query; unordered within a ticket."""
    logs: dict[int, list[Fact]] = defaultdict(list)
    rows = TicketEvent.objects.filter(ticket_id__in=ticket_ids).order_by()
    for pk, ticket_id, kind, at, details in rows.values_list(
        "pk", "ticket_id", "kind", "at", "details"
    ):
        logs[ticket_id].append(Fact(key=str(pk), kind=EventKind(kind), at=at, details=details))
    return {ticket_id: settled(facts) for ticket_id, facts in logs.items()}


def log_of(ticket: Ticket) -> tuple[Fact, ...]:
    """The log of one ticket as plain facts."""
    return logs_of([ticket.pk]).get(ticket.pk, ())


def opening_message(ticket_id: int) -> Message | None:
    """The message that a ticket was opened with, if it is known: the one that was judged."""
    opened = TicketEvent.objects.filter(
        ticket_id=ticket_id, kind=EventKind.OPENED, message__isnull=False
    )
    first = opened.select_related("message").order_by("at", "pk").first()
    return first.message if first else None


def verdict_behind(triages: Sequence[Triage], reading: SeverityReading) -> Triage | None:
    """The verdict that the rules' severity rests on: of the last message that raised, or the first.

    `triages`: those of one ticket, newest first.
    """
    raising = [fact for fact in reading.changes if decided_by(fact) is SeverityBy.RULES]
    if raising:
        message = raising[-1].details.get("message")
        found = next((each for each in triages if each.message_id == message), None)
        if found is not None:
            return found
    # Older versions named no message, and judged no later one: their newest verdict holds.
    unnamed = next((each for each in triages if each.message is None), None)
    return unnamed or min(triages, key=told_at, default=None)


def says_mended(triage: Triage) -> bool:
    """Whether a stored verdict heard that it works again, and nothing severe."""
    heard = {reason.get("signal") for reason in triage.reasons}
    return triage.severity not in SEVERE and not MENDED.isdisjoint(heard)


def told_at(triage: Triage) -> tuple[datetime, int]:
    """When its message was written; for sorting."""
    return (triage.message.at if triage.message else triage.at, triage.pk)


def waiting_deliveries() -> QuerySet[Delivery]:
    """What was kept and not yet understood."""
    return Delivery.objects.filter(state=DeliveryState.WAITING)


def has_answer_on_its_way(ticket_id: int) -> bool:
    """Whether an answer of a person of ours waits to be sent: it is given, though not counted."""
    return Message.objects.filter(
        ticket_id=ticket_id, author_kind=AuthorKind.AGENT, send_state=SendState.WAITING
    ).exists()


def newest_public_message(ticket: Ticket) -> int:
    """The id of the newest public message; 0 when there is none."""
    newest = ticket.messages.filter(is_public=True).order_by("-pk").values_list("pk", flat=True)
    return newest.first() or 0


def person_name(user: User | None) -> str:
    """As people call them; "" for nobody."""
    return user.get_full_name() or user.get_username() if user else ""


def agents() -> QuerySet[User]:
    """The people a ticket can be assigned to, by name."""
    return User.objects.filter(is_active=True, is_staff=True).order_by(
        "first_name", "last_name", "username"
    )


def database_now() -> datetime:
    """The database's own clock (UTC): the one that all hosts agree on (D3)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
