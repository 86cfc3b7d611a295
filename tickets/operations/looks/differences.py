"""Writing down in what both sides differed, once each, and when that came to its end."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tickets.models import (
    Because,
    Delivery,
    DeliveryState,
    Differs,
    SettledHow,
    Source,
    Ticket,
    ToolDifference,
)
from tickets.operations.looks.sides import Difference

# These are ends in themselves: nothing is left to be done.
_FINAL = frozenset({Because.BEGAN_BEFORE, Because.DELETED_THERE})
# These hold as long as both sides stand as they do.
_STANDING = frozenset({Because.OWN_STATUS, Because.OWN_ASSIGNEE, Because.NOBODY_HERE})


def note_differences(
    *,
    source: Source,
    thread: str,
    ticket: Ticket | None,
    found: Iterable[Difference],
    now: datetime,
    delivery: Delivery | None = None,
) -> int:
    """Stores those that are new; how many were asked for. Writes nothing when none is."""
    rows = [
        ToolDifference(
            source=source,
            ticket=ticket,
            thread=thread,
            what=each.what,
            because=each.because,
            key=each.key[:255],
            ours=each.ours[:100],
            theirs=each.theirs[:100],
            delivery=delivery,
            found_at=now,
            settled_at=now if each.because in _FINAL else None,
            settled_how=SettledHow.LEFT if each.because in _FINAL else "",
        )
        for each in found
    ]
    known = set(
        ToolDifference.objects.filter(source=source, thread=thread).values_list(
            "what", "because", "key"
        )
        if rows
        else ()
    )
    rows = [each for each in rows if (each.what, each.because, each.key) not in known]
    if rows:
        ToolDifference.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def settle_taken_in(*, source: Source, now: datetime) -> int:
    """Ends those whose delivery has been understood; they then know their ticket."""
    _name_tickets(source)
    rows = ToolDifference.objects.filter(
        source=source,
        settled_at=None,
        delivery__state__in=[DeliveryState.PROCESSED, DeliveryState.IGNORED],
    ).select_related("delivery")
    done = 0
    for row in rows.defer("delivery__body"):
        delivery = row.delivery
        if delivery is None:
            continue
        row.settled_at, row.settled_how = delivery.finished_at or now, SettledHow.TAKEN_IN
        row.ticket_id = row.ticket_id or delivery.ticket_id
        row.save(update_fields=["settled_at", "settled_how", "ticket"])
        done += 1
    return done


def settle_same(*, source: Source, thread: str, what: Sequence[Differs], now: datetime) -> None:
    """Both sides stand the same again in these."""
    ToolDifference.objects.filter(
        source=source, thread=thread, settled_at=None, what__in=what, because__in=_STANDING
    ).update(settled_at=now, settled_how=SettledHow.SAME_AGAIN)


def _name_tickets(source: Source) -> None:
    """Of what was listed while its ticket waited to be opened here."""
    rows = ToolDifference.objects.filter(
        source=source, settled_at=None, ticket=None, delivery=None
    ).exclude(because=Because.NOT_TOLD)
    for row in rows:
        ticket = Ticket.objects.filter(source=source, thread=row.thread).first()
        if ticket is not None:
            ToolDifference.objects.filter(pk=row.pk).update(ticket=ticket)
