"""Proving that stored equals replayed: every clock read again from the log with its pins."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from sla.models import Clock
from sla.queries.clocks.readings import (
    Key,
    RunReading,
    key_of,
    read_commitments,
    snapshot_of,
    standing_commitments,
)
from tickets.domain.facts import Fact
from tickets.models import Ticket
from tickets.queries import logs_of

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the row and the log say differently, and why, where that is known."""

    clock: int | None
    ticket: str
    metric: str
    basis: str
    what: str
    stored: object
    replayed: object
    explanation: str


@dataclass(slots=True)
class Audited:
    """How many clocks were replayed."""

    tickets: int = 0
    clocks: int = 0


def audit_clocks(audited: Audited, *, now: datetime) -> Iterator[Difference]:
    """Every difference between the stored clocks and a replay, ticket by ticket."""
    last = 0
    while True:
        with transaction.atomic():
            # Locked: no operation is between its log and its clocks while we compare.
            tickets = list(
                Ticket.objects.select_for_update(of=("self",))
                .filter(pk__gt=last)
                .order_by("pk")[:_BATCH]
            )
            if not tickets:
                return
            found = list(_audit_batch(tickets, audited, now))
        yield from found
        last = tickets[-1].pk


def _audit_batch(
    tickets: Sequence[Ticket], audited: Audited, now: datetime
) -> Iterator[Difference]:
    pks = [ticket.pk for ticket in tickets]
    logs = logs_of(pks)
    clocks: dict[int, list[Clock]] = defaultdict(list)
    for clock in Clock.objects.filter(ticket_id__in=pks).order_by("pk"):
        clocks[clock.ticket_id].append(clock)
    for ticket in tickets:
        audited.tickets += 1
        audited.clocks += len(clocks[ticket.pk])
        yield from _audit_ticket(ticket, clocks[ticket.pk], logs.get(ticket.pk, ()), now)


def _audit_ticket(
    ticket: Ticket, clocks: Sequence[Clock], facts: Sequence[Fact], now: datetime
) -> Iterator[Difference]:
    stale = "the clocks are marked stale: read again soon" if ticket.clocks_stale_since else ""
    finding = partial(_difference, ticket, stale)
    if not clocks:
        if facts:
            yield finding(None, "clocks", None, "at least one")
        return
    commitments = standing_commitments(clocks)
    groups: dict[datetime, list[Clock]] = defaultdict(list)
    for clock in clocks:
        groups[clock.read_at].append(clock)
    try:
        for read_at, group in groups.items():
            runs = read_commitments(commitments, facts, read_at)
            for clock in group:
                for what, stored, replayed in _compare(clock, runs.get(key_of(clock))):
                    yield finding(clock, what, stored, replayed)
        latest = max((fact.at for fact in facts), default=now)
        later = read_commitments(commitments, facts, max(now, latest))
        for key in later.keys() - {key_of(clock) for clock in clocks}:
            yield finding(None, f"run of {key[0]} {key[1]}", None, key[2])
        yield from _overlooked(ticket, stale, clocks, read_commitments(commitments, facts, latest))
    except Exception as error:  # noqa: BLE001  (a log that cannot be read is a finding)
        yield finding(None, "reading", "stored", repr(error))


def _overlooked(
    ticket: Ticket, stale: str, clocks: Sequence[Clock], runs: Mapping[Key, RunReading]
) -> Iterator[Difference]:
    """Facts that were written to the log after the clock was read, and never read."""
    for clock in clocks:
        run = runs.get(key_of(clock))
        if run is None or clock.void:
            continue
        stored, replayed = snapshot_of(clock), run.snapshot
        if (stored.state, stored.ended_at) != (replayed.state, replayed.ended_at):
            yield _difference(
                ticket, stale, clock, "state by the whole log", stored.state, replayed.state
            )


def _compare(clock: Clock, run: RunReading | None) -> Iterator[tuple[str, object, object]]:
    if run is None:
        if not clock.void:
            yield "run", clock.run_key, None
        return
    stored, replayed = snapshot_of(clock).to_json(), run.snapshot.to_json()
    stored["elapsed_us"], replayed["elapsed_us"] = clock.elapsed_us, run.reading.elapsed_us
    for what, value in stored.items():
        if value != replayed[what]:
            yield what, value, replayed[what]


def _difference(
    ticket: Ticket,
    explanation: str,
    clock: Clock | None,
    what: str,
    *values: object,
) -> Difference:
    stored, replayed = values
    return Difference(
        clock=clock.pk if clock else None,
        ticket=ticket.reference,
        metric=clock.metric if clock else "",
        basis=clock.basis if clock else "",
        what=what,
        stored=stored,
        replayed=replayed,
        explanation=explanation,
    )
