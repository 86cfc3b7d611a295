"""Programs hear of what a reading found: events and their calls, in the transaction of the fact."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from sla.domain.clocks.ledger import EntryKind
from sla.domain.clocks.target import Metric
from sla.domain.hooks.events import Told, kinds_that_tell, told_by_entry, told_by_facts
from sla.domain.hooks.limits import HookType, Subscriber, event_id, is_wanted
from sla.models import Clock, ClockEntry, HookCall, HookEvent
from sla.queries.hooks.data import target_data, ticket_data
from tickets.domain.facts import Fact
from tickets.domain.instants import format_instant
from tickets.domain.words import EventKind
from tickets.models import Ticket, TicketEvent
from tickets.signals import Grown

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A new fact of a ticket that programs hear of."""

    ticket_id: int
    fact: Fact
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Happening:
    key: str
    at: datetime
    ticket_id: int
    told: Told
    targets: Mapping[str, Any]


def news_of(grown: Sequence[Grown], subscribers: Sequence[Subscriber]) -> list[News]:
    """What the new facts of some tickets tell; nothing is looked up where nobody hears.

    Facts whose reading failed were not told then: they are found again by when they were recorded.
    """
    types = {kind for kind in HookType if is_wanted(subscribers, kind)}
    kinds = frozenset(kinds_that_tell(types))
    return [
        News(ticket_id=each.ticket.pk, fact=fact, told=told)
        for each in grown
        for fact, told in _told(each, kinds)
    ]


def _told(each: Grown, kinds: frozenset[EventKind]) -> list[tuple[Fact, Told]]:
    keys = {fact.key for fact in each.added if fact.kind in kinds}
    since = each.ticket.clocks_stale_since
    if kinds and since is not None:
        rows = TicketEvent.objects.filter(
            ticket=each.ticket, recorded_at__gte=since, kind__in=kinds
        )
        keys |= {str(pk) for pk in rows.values_list("pk", flat=True)}
    if not keys:
        return []
    return told_by_facts([fact for fact in each.facts if fact.key in keys], each.facts)


def announce(
    subscribers: Sequence[Subscriber],
    *,
    entries: Sequence[ClockEntry],
    news: Sequence[News],
    clocks: Sequence[Clock],
    now: datetime,
) -> None:
    """Makes an event of each, and a call for each hook that hears of it.

    No statement where nobody hears. A fault of ours in here costs an event, never a deadline.
    """
    found = [*_of_entries(entries, subscribers), *_of_news(news, clocks, subscribers)]
    if not found:
        return
    try:
        with transaction.atomic():
            _store(found, subscribers, now)
    except Exception:
        logger.exception("webhooks do not hear of %s", [each.key for each in found[:20]])


def _of_entries(
    entries: Sequence[ClockEntry], subscribers: Sequence[Subscriber]
) -> Iterator[_Happening]:
    if not subscribers:
        return
    for entry in entries:
        clock = entry.clock
        told = told_by_entry(EntryKind(entry.kind), Metric(clock.metric), entry.before, entry.after)
        if told is not None and is_wanted(subscribers, told.type):
            yield _Happening(
                key=f"ledger:{entry.pk}",
                at=entry.at,
                ticket_id=clock.ticket_id,
                told=told,
                targets={"target": target_data(clock)},
            )


def _of_news(
    news: Sequence[News], clocks: Sequence[Clock], subscribers: Sequence[Subscriber]
) -> Iterator[_Happening]:
    for each in news:
        if not is_wanted(subscribers, each.told.type):
            continue
        mine = [clock for clock in clocks if clock.ticket_id == each.ticket_id and not clock.void]
        if each.told.type is HookType.ANSWERED:
            mine = [clock for clock in mine if clock.stopped_at == each.fact.at]
        yield _Happening(
            key=f"log:{each.fact.key}",
            at=each.fact.at,
            ticket_id=each.ticket_id,
            told=each.told,
            targets={"targets": [target_data(clock) for clock in mine]},
        )


def _store(found: Sequence[_Happening], subscribers: Sequence[Subscriber], now: datetime) -> None:
    tickets = Ticket.objects.select_related("customer", "source").in_bulk(
        {each.ticket_id for each in found}
    )
    events: list[HookEvent] = []
    calls: list[HookCall] = []
    for each in found:
        ticket = tickets[each.ticket_id]
        wanting = [one for one in subscribers if one.wants(each.told.type, ticket.customer_id)]
        if not wanting:
            continue
        event = _event(each, ticket, now)
        events.append(event)
        calls += [
            HookCall(event=event, hook_id=one.hook_id, created_at=now, next_attempt_at=now)
            for one in wanting
        ]
    # The key says it all: this entry of the log has been told.
    HookEvent.objects.bulk_create(events, ignore_conflicts=True)
    HookCall.objects.bulk_create(calls, ignore_conflicts=True)


def _event(happening: _Happening, ticket: Ticket, now: datetime) -> HookEvent:
    return HookEvent(
        id=event_id(settings.PUBLIC_URL, happening.key, happening.at),
        key=happening.key,
        type=happening.told.type,
        at=happening.at,
        recorded_at=now,
        ticket=ticket,
        data={
            "occurred_at": format_instant(happening.at),
            "recorded_at": format_instant(now),
            "ticket": ticket_data(ticket),
            **happening.told.more,
            **happening.targets,
        },
    )
