"""The clocks of one ticket for its page: what each says, why, and what was written down."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sla.admin import words
from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.ledger import EntryKind
from sla.models import Basis, Clock, ClockEntry
from sla.operations.clocks.ticket_clocks import clock_receipt, ticket_clocks
from sla.queries.clocks.desk import TimeLeft, span_between
from sla.queries.clocks.readings import RunReading
from sla.queries.terms.calendars import calendar_of
from tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One ledger entry; `what` says how the deadline moved."""

    entry: ClockEntry
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLineView:
    """One line of a receipt, with its counted time in words."""

    from_text: str
    to_text: str
    counted: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A receipt in words; `agrees` when the replay gives the deadline that is stored."""

    lines: Sequence[ReceiptLineView]
    total: str
    counted_from: datetime
    moved_start: bool
    is_whole: bool
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """One clock in words."""

    clock: Clock
    mark: str
    mark_text: str
    basis: str
    plan: str
    allowance: str
    verdict: str
    left: str
    unit: str
    aside: str
    late_wall: str
    late_own: str
    is_internal: bool
    receipt: ReceiptView | None
    entries: Sequence[EntryView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPanel:
    """The clocks to show, and how many finished objectives stand in the list of clocks alone."""

    views: list[ClockView]
    left_out: int


def clock_panel(ticket: Ticket, now: datetime) -> ClockPanel:
    """The clocks of a ticket: promises first, running before finished, void ones last."""
    found = ticket_clocks(ticket, now)
    entries = _entries(found.clocks)
    views = [
        _view(clock, found.reading_of(clock), entries.get(clock.pk, ()), now)
        for clock in found.clocks
    ]
    return ClockPanel(views=sorted(views, key=_order), left_out=found.left_out)


def mark_of(clock: Clock, now: datetime) -> str:
    """The shape that a clock has now, by its stored instants."""
    if clock.state == ClockState.CANCELLED and clock.breached_at is None:
        return "cancelled"
    if clock.state == ClockState.STOPPED:
        return "missed" if clock.breached_at else "met"
    if clock.breached_at or (clock.due_at is not None and clock.due_at < now):
        return "missed"
    if clock.state == ClockState.PAUSED:
        return "paused"
    if clock.at_risk_at is not None and clock.at_risk_at <= now:
        return "at_risk"
    return "on_track"


def _order(view: ClockView) -> tuple[bool, bool, bool, datetime]:
    clock = view.clock
    ended = clock.state in {ClockState.STOPPED, ClockState.CANCELLED}
    return (clock.void, view.is_internal, ended, clock.started_at)


def _view(
    clock: Clock, run: RunReading | None, entries: Sequence[ClockEntry], now: datetime
) -> ClockView:
    calendar = calendar_of(clock.calendar_version.sha256)
    mark = mark_of(clock, now)
    running = clock.state == ClockState.RUNNING and clock.due_at is not None
    left = span_between(calendar.hours, now, clock.due_at) if running and clock.due_at else None
    late = _lateness(clock, now)
    return ClockView(
        clock=clock,
        mark=mark,
        mark_text=str(words.MARK_WORDS[mark]),
        basis=str(words.BASIS_WORDS[clock.basis]),
        plan=words.plan_name(clock.plan_code),
        allowance=words.allowance_words(clock.allowance_us, calendar.hours),
        verdict=_verdict(clock, mark),
        left=words.left_words(left) if left else "",
        unit=words.unit_words(left) if left else "",
        aside=words.aside_words(left) if left else "",
        late_wall=words.wall_duration(late.wall_us) if late else "",
        late_own=words.duration(late.own_us) if late and not late.is_always_open else "",
        is_internal=clock.basis == Basis.OBJECTIVE,
        receipt=_receipt(clock, run, now) if run else None,
        entries=[EntryView(entry=entry, what=_what(entry)) for entry in entries],
    )


def _verdict(clock: Clock, mark: str) -> str:
    if clock.void:
        return _("Void: its start is no longer in the log")
    if mark == "missed":
        return _("Target missed")
    if mark == "met":
        return _("Target met")
    return {
        "cancelled": _("Cancelled"),
        "paused": _("Paused: waiting for the customer"),
        "at_risk": _("At risk"),
    }.get(mark, _("On track"))


def _lateness(clock: Clock, now: datetime) -> TimeLeft | None:
    if clock.due_at is None:
        return None
    until = clock.ended_at or now
    if until <= clock.due_at:
        return None
    return span_between(calendar_of(clock.calendar_version.sha256).hours, until, clock.due_at)


def _receipt(clock: Clock, run: RunReading, now: datetime) -> ReceiptView | None:
    found = clock_receipt(clock, run, now=now, language=get_language() or "")
    if found is None:
        return None
    receipt = found.receipt
    return ReceiptView(
        lines=[
            ReceiptLineView(
                from_text=words.moment(line.from_at),
                to_text=words.moment(line.to_at),
                counted=words.duration(line.counted_us) if line.counted_us else "–",
                code=line.code,
                text=line.text,
            )
            for line in receipt.lines
        ],
        total=words.duration(receipt.total_us),
        counted_from=receipt.counted_from,
        moved_start=receipt.counted_from != clock.started_at,
        is_whole=receipt.is_whole,
        agrees=found.agrees,
    )


def _entries(clocks: Sequence[Clock]) -> Mapping[int, list[ClockEntry]]:
    found: dict[int, list[ClockEntry]] = defaultdict(list)
    for entry in ClockEntry.objects.filter(clock__in=clocks).order_by("recorded_at", "pk"):
        found[entry.clock_id].append(entry)
    return found


def _what(entry: ClockEntry) -> str:
    before = (entry.before or {}).get("due_at")
    after = (entry.after or {}).get("due_at")
    if entry.kind == EntryKind.DUE_MOVED and before and after:
        return f"{_instant(before)} → {_instant(after)}"
    if entry.kind == EntryKind.STARTED and after:
        return _("due %(at)s") % {"at": _instant(after)}
    return ""


def _instant(text: str) -> str:
    return words.moment(datetime.fromisoformat(text))
