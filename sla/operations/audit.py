"""Proving that stored equals replayed: every clock read again from the log with its pins."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sla.models import Clock
from sla.operations.clock_readings import key_of, pinned_commitments, read_commitments, snapshot_of
from sla.queries.commitments import Commitment
from tickets.domain.facts import Fact
from tickets.models import Ticket
from tickets.queries import logs_of

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the row says and the log does not; `explanation` is empty when there is none."""

    clock: int | None
    ticket: str
    metric: str
    basis: str
    what: str
    stored: str | None
    replayed: str | None
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
    stale = (
        "the clocks are marked stale and will be read again" if ticket.clocks_stale_since else ""
    )
    if facts and not clocks:
        yield _difference(ticket, None, "clocks", None, "at least one", stale)
    by_instant: dict[datetime, list[Clock]] = defaultdict(list)
    for clock in clocks:
        by_instant[clock.read_at].append(clock)
    commitments = pinned_commitments(clocks)
    for read_at, group in by_instant.items():
        try:
            runs = read_commitments(commitments, facts, read_at)
        except Exception as error:  # noqa: BLE001  (a log that cannot be read is a finding)
            for clock in group:
                yield _difference(ticket, clock, "reading", "stored", repr(error), stale)
            continue
        for clock in group:
            run = runs.get(key_of(clock))
            if run is None:
                if not clock.void:
                    yield _difference(ticket, clock, "run", "stored", None, stale)
                continue
            stored, replayed = snapshot_of(clock).to_json(), run.snapshot.to_json()
            stored["elapsed_us"], replayed["elapsed_us"] = clock.elapsed_us, run.reading.elapsed_us
            for name, value in stored.items():
                if value != replayed[name]:
                    yield _difference(ticket, clock, name, value, replayed[name], stale)
    yield from _missing(ticket, clocks, commitments, facts, now, stale)


def _missing(
    ticket: Ticket,
    clocks: Sequence[Clock],
    commitments: Sequence[Commitment],
    facts: Sequence[Fact],
    now: datetime,
    stale: str,
) -> Iterator[Difference]:
    stored = {key_of(clock) for clock in clocks}
    if not facts or not clocks:
        return
    as_of = max(now, *(fact.at for fact in facts))
    for key in read_commitments(commitments, facts, as_of).keys() - stored:
        yield Difference(
            clock=None,
            ticket=ticket.reference,
            metric=key[1],
            basis=key[0],
            what="run",
            stored=None,
            replayed=key[2],
            explanation=stale,
        )


def _difference(
    ticket: Ticket,
    clock: Clock | None,
    what: str,
    stored: object,
    replayed: object,
    explanation: str,
) -> Difference:
    return Difference(
        clock=clock.pk if clock else None,
        ticket=ticket.reference,
        metric=clock.metric if clock else "",
        basis=clock.basis if clock else "",
        what=what,
        stored=None if stored is None else str(stored),
        replayed=None if replayed is None else str(replayed),
        explanation=explanation,
    )
