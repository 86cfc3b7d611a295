"""What the panel says of a ticket: its clocks in words, and what happened, without any text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sla.admin import words
from sla.admin.clocks.clock_panel import ClockView, clock_panel
from sla.domain.clocks.clock import ClockState
from sla.domain.escalation.words import Outcome
from sla.models import Basis, Clock, Escalation
from sla.queries.clocks.desk import plan_of, time_left
from sla.queries.terms.calendars import calendar_of
from tickets.admin.labels import SEVERITY_NAMES
from tickets.admin.ticket.page import log_of_page
from tickets.domain.severity_log import read_severity
from tickets.domain.words import EventKind
from tickets.models import Ticket
from tickets.queries import log_of

_SHOWN_FACTS = 30
# Whose own words are ours alone.
_EXPLAINED = frozenset({EventKind.OPENED, EventKind.SEVERITY_CHANGED, EventKind.WAITING_STARTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """How long until the deadline, or since it; `unit` says of what time."""

    text: SafeString
    is_late: bool
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One clock; a finished one has no countdown."""

    view: ClockView
    countdown: Countdown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    """One thing that happened; `escalates` when it is a step of the escalation."""

    at: datetime
    label: str | Promise
    what: str
    escalates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPage:
    """All that the panel shows, in words."""

    ticket: Ticket
    severity_name: str | Promise
    plan: str
    cards: Sequence[Card]
    facts: Sequence[FactLine]
    more_facts: int


def panel_zone(ticket: Ticket) -> ZoneInfo:
    """The zone of the calendar that the ticket's promise runs on."""
    clocks = Clock.objects.filter(ticket=ticket, void=False).exclude(basis=Basis.OBJECTIVE)
    version = clocks.order_by("started_at", "pk").values_list("calendar_version", flat=True).first()
    name = calendar_of(version).hours.spec.timezone if version else settings.TIME_ZONE
    return ZoneInfo(name)


def panel_page(ticket: Ticket, now: datetime) -> PanelPage:
    """The promise first, then what else runs; finished objectives are for the ticket's own page.

    In the language and the zone that are set.
    """
    views = [
        view
        for view in clock_panel(ticket, now).views
        if not view.clock.void and not (view.is_internal and view.clock.ended_at)
    ]
    facts = _facts(ticket)
    plan = plan_of([view.clock for view in views])
    return PanelPage(
        ticket=ticket,
        severity_name=SEVERITY_NAMES.get(ticket.severity, ""),
        plan=words.plan_name(plan) if plan else "",
        cards=[Card(view=view, countdown=_countdown(view, now)) for view in views],
        facts=facts[:_SHOWN_FACTS],
        more_facts=max(0, len(facts) - _SHOWN_FACTS),
    )


def _countdown(view: ClockView, now: datetime) -> Countdown | None:
    left = time_left(view.clock, now) if view.clock.state == ClockState.RUNNING else None
    if left is None:
        return None
    # The script of the page counts on from there while the clock counts.
    counts = " data-ticks" if left.stands_until is None else ""
    late = " data-late" if left.is_late else ""
    text = format_html(
        '<strong data-seconds="{}"{}{}>{}</strong>',
        str(left.own_us // 1_000_000),
        late,
        counts,
        words.duration(left.own_us),
    )
    return Countdown(text=text, is_late=left.is_late, unit=words.unit_words(left))


def _facts(ticket: Ticket) -> list[FactLine]:
    """The log and the escalations, the newest first."""
    counting = {fact.key for fact in read_severity(log_of(ticket)).changes}
    told = [
        FactLine(
            at=item.event.at,
            label=item.label,
            what=item.what if item.event.kind in _EXPLAINED else "",
        )
        for item in log_of_page(ticket, counting=counting).events
    ]
    fired = [
        FactLine(at=at, label=_("Escalated"), what=_step(code, repeat), escalates=True)
        for at, code, repeat in Escalation.objects.filter(clock__ticket=ticket)
        .exclude(outcome=Outcome.NOT_APPLICABLE)
        .order_by("-fired_at", "-pk")
        .values_list("fired_at", "step_code", "repeat")[:_SHOWN_FACTS]
    ]
    return sorted([*told, *fired], key=lambda line: line.at, reverse=True)


def _step(code: str, repeat: int) -> str:
    return f"{code} ×{repeat}" if repeat else code
