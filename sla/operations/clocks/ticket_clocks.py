"""The clocks of one ticket with what the log says of each: for its page and for the API."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.models import Basis, Clock
from sla.queries.clocks.readings import (
    Key,
    RunReading,
    key_of,
    pinned_commitments,
    read_commitments,
)
from sla.queries.clocks.receipts import Receipt, receipt_of
from sla.queries.terms.calendars import calendar_of
from tickets.domain.facts import Fact
from tickets.models import Ticket
from tickets.queries import log_of

logger = logging.getLogger(__name__)

# A long conversation has one clock for each question in it.
SHOWN_FINISHED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClocks:
    """The clocks worth showing, and how many finished objectives are left out.

    `readings` is empty where the log cannot be read.
    """

    clocks: Sequence[Clock]
    readings: Mapping[Key, RunReading]
    left_out: int

    def reading_of(self, clock: Clock) -> RunReading | None:
        """What the log says of a clock."""
        return self.readings.get(key_of(clock))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReceipt:
    """A receipt; `agrees` when the replay gives the deadline that is stored."""

    receipt: Receipt
    agrees: bool


def ticket_clocks(ticket: Ticket, now: datetime) -> TicketClocks:
    """All promises, all that runs, and the newest finished objectives."""
    clocks = list(
        Clock.objects.filter(ticket=ticket)
        .select_related("calendar_version", "agreement__plan")
        .defer("calendar_version__definition")
    )
    shown = _worth_showing(clocks)
    return TicketClocks(
        clocks=shown,
        readings=_read_again(ticket, clocks, now),
        left_out=len(clocks) - len(shown),
    )


def clock_receipt(
    clock: Clock, run: RunReading, *, now: datetime, language: str
) -> ClockReceipt | None:
    """Why a clock has its deadline, in a language ("en", "es"); None when it cannot be written."""
    try:
        receipt = receipt_of(
            run.reading,
            calendar_of(clock.calendar_version.sha256),
            as_of=now,
            language="es" if language.startswith("es") else "en",
        )
    except ValueError:
        logger.exception("the receipt of clock %s cannot be written", clock.pk)
        return None
    return ClockReceipt(receipt=receipt, agrees=_agrees(clock, run, receipt))


def _worth_showing(clocks: Sequence[Clock]) -> list[Clock]:
    """Every promise and all that still runs; of the finished objectives, the newest."""
    finished = [clock for clock in clocks if clock.basis == Basis.OBJECTIVE and clock.ended_at]
    oldest = sorted(finished, key=lambda clock: (clock.started_at, clock.pk))[:-SHOWN_FINISHED]
    hidden = {clock.pk for clock in oldest}
    return [clock for clock in clocks if clock.pk not in hidden]


def _read_again(ticket: Ticket, clocks: Sequence[Clock], now: datetime) -> Mapping[Key, RunReading]:
    """The clocks as the log gives them with their pins; empty when it cannot be read."""
    facts: tuple[Fact, ...] = log_of(ticket)
    as_of = max(now, *(fact.at for fact in facts)) if facts else now
    try:
        return read_commitments(pinned_commitments(clocks), facts, as_of)
    except Exception:
        # The page must work for the agent even where a clock cannot be read.
        logger.exception("the receipts of %s cannot be read", ticket.reference)
        return {}


def _agrees(clock: Clock, run: RunReading, receipt: Receipt) -> bool:
    last = receipt.lines[-1].to_at if receipt.lines else receipt.counted_from
    same = run.snapshot.due_at == clock.due_at
    return same and (not receipt.is_whole or clock.due_at is None or last == clock.due_at)
