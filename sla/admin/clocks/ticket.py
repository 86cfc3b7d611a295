"""The desk and the ticket page with their promises: what is due next, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sla.admin import words
from sla.admin.clocks.clock_panel import clock_panel, mark_of
from sla.admin.escalation.card import escalation_card
from sla.admin.tools.panel_links import panel_links_page, panel_links_view
from sla.domain.clocks.clock import ClockState
from sla.models import Basis, Clock, Heartbeat
from sla.operations.escalation.acknowledge import NothingToAcknowledge, acknowledge_ticket
from sla.queries.clocks.desk import (
    clocks_of,
    due_order,
    is_at_risk,
    is_missed,
    next_clock,
    plan_of,
    time_left,
)
from sla.queries.terms.terms import terms_of
from tickets.admin.tabs import ALL, TODO, UNFINISHED, DeskTab, chosen_tab
from tickets.admin.ticket.desk import DeskRow, DueView
from tickets.admin.ticket.ticket import TicketAdmin as ConversationAdmin
from tickets.domain.words import Channel
from tickets.models import Ticket
from tickets.queries import database_now

_SWEEP_IS_LATE = timedelta(seconds=60)


class DueTab(DeskTab):
    """The tabs of the desk with those that speak of promises."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Promises stand behind the tab of all that is to be done."""
        first, *others = super().lookups(request, model_admin)
        return [first, ("missed", _("Missed")), ("at_risk", _("At risk")), *others]

    def conditions(self, request: HttpRequest) -> dict[str, Q]:
        """What each tab shows."""
        now = timezone.now()
        return {
            **super().conditions(request),
            "missed": UNFINISHED & is_missed(now),
            "at_risk": UNFINISHED & is_at_risk(now),
        }


class TicketAdmin(ConversationAdmin):
    """The final page: tickets in the order of what is due next."""

    tabs = DueTab
    list_filter = [DueTab]
    change_list_template = "sla/desk.html"
    ticket_template = "sla/ticket.html"

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """By what is due next; the tab of all tickets by their age, since most are finished."""
        if chosen_tab(request) == ALL:
            return ["-opened_at"]
        return [*due_order(timezone.now())]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the customer's manager, whom the ticket page names."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("customer__csm", "requester", "assignee", "source")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The desk, with a warning when nobody watches the clocks."""
        more = {"sweep": last_sweep(timezone.now()), "todo": chosen_tab(request) == TODO}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def rows(self, tickets: Sequence[Ticket], now: datetime) -> list[DeskRow]:
        """Each ticket with the clock that decides its place, in one query for all."""
        clocks = clocks_of([ticket.pk for ticket in tickets])
        return [
            DeskRow(
                ticket=ticket,
                due=due_view(ticket, clocks.get(ticket.pk, ()), now),
                plan=_plan(clocks.get(ticket.pk, ())),
            )
            for ticket in tickets
        ]

    def page(
        self, request: HttpRequest, ticket: Ticket, now: datetime, bound: Any
    ) -> dict[str, Any]:
        """The conversation with its clocks."""
        panel = clock_panel(ticket, now)
        clocks = [view.clock for view in panel.views if not view.clock.void]
        return {
            **super().page(request, ticket, now, bound),
            "clocks": panel.views,
            "clocks_left_out": panel.left_out,
            "due": due_view(ticket, clocks, now),
            "plan": _plan(clocks),
            "outside_plan": _is_outside_plan(ticket, clocks),
            "escalation_card": escalation_card(ticket),
            "may_acknowledge": request.user.has_perm("sla.add_acknowledgement"),
            "panel_links": panel_links_view(request, ticket.source, ticket),
        }

    def get_urls(self) -> list[URLPattern]:
        """With the page that makes links to the panel void."""
        own = path(
            "<int:ticket_id>/panel-links/",
            self.admin_site.admin_view(self.panel_links_view),
            name="tickets_ticket_panel_links",
        )
        return [own, *super().get_urls()]

    def panel_links_view(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        """Asks whether the links of this ticket shall be void, and does it."""
        ticket = self.visible_ticket(request, str(ticket_id))
        return panel_links_page(request, self, ticket.source, ticket)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The ticket page; one of its buttons is about escalations."""
        if request.method == "POST" and request.POST.get("action") == "acknowledge":
            return self._acknowledge(request, self.visible_ticket(request, object_id))
        return super().change_view(request, object_id, form_url, extra_context)

    def _acknowledge(self, request: HttpRequest, ticket: Ticket) -> HttpResponse:
        if not request.user.has_perm("sla.add_acknowledgement"):
            raise PermissionDenied
        user = cast("User", request.user)
        try:
            acknowledge_ticket(ticket_id=ticket.pk, user=user, now=database_now())
        except NothingToAcknowledge:
            messages.warning(request, _("No escalated clock of this ticket is still running."))
        else:
            messages.success(request, _("You are on it: the reminders so far stop."))
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[ticket.pk])
        )


def due_view(ticket: Ticket, clocks: Sequence[Clock], now: datetime) -> DueView | None:
    """What is due next for a ticket, in words; None when nothing runs or waits."""
    clock = next_clock(clocks, now)
    if clock is None:
        return _paused(clocks, now) or _unread(ticket)
    left = time_left(clock, now)
    mark = mark_of(clock, now)
    return DueView(
        mark=mark,
        mark_text=str(words.MARK_WORDS[mark]),
        what=_what(clock),
        left=words.left_words(left) if left else "",
        unit=words.unit_words(left) if left else "",
        aside=words.aside_words(left) if left else "",
        due_at=clock.due_at,
        internal=clock.basis == Basis.OBJECTIVE,
    )


def _paused(clocks: Sequence[Clock], now: datetime) -> DueView | None:
    clock = next((clock for clock in clocks if clock.state == ClockState.PAUSED), None)
    if clock is None:
        return None
    mark = mark_of(clock, now)
    return DueView(
        mark=mark,
        mark_text=str(words.MARK_WORDS[mark]),
        what=_what(clock),
        left=_("waiting for the customer"),
        unit="",
        aside="",
        due_at=clock.due_at,
        internal=clock.basis == Basis.OBJECTIVE,
    )


def _unread(ticket: Ticket) -> DueView | None:
    if ticket.clocks_stale_since is None:
        return None
    return DueView(
        mark="stale",
        mark_text=str(words.MARK_WORDS["stale"]),
        what="",
        left="",
        unit="",
        aside="",
        due_at=None,
        internal=True,
    )


def _what(clock: Clock) -> str:
    metric = clock.get_metric_display()
    if clock.basis == Basis.CONTRACT:
        return str(metric)
    return f"{metric} · {words.BASIS_WORDS[clock.basis]}"


def _plan(clocks: Sequence[Clock]) -> str:
    code = plan_of(clocks)
    return words.plan_name(code) if code else ""


def _is_outside_plan(ticket: Ticket, clocks: Sequence[Clock]) -> bool:
    """Clause 7 names the channels of each plan; others are answered all the same, and marked."""
    promised = next((c for c in clocks if c.basis == Basis.CONTRACT and c.agreement_id), None)
    if promised is None:
        return False
    plan = terms_of(promised.terms_version).plan(promised.plan_code)
    return not plan.covers_channel(Channel(ticket.channel))


@dataclass(frozen=True, slots=True)
class LateSweep:
    """Nobody looks at the clocks: `text` says since when."""

    text: str


def last_sweep(now: datetime) -> LateSweep | None:
    """The warning when the sweep has not run for a minute; None when all is well."""
    beat = Heartbeat.objects.filter(name="sweep").first()
    if beat is None:
        return LateSweep(_("No sweep has looked at the clocks yet: is the worker running?"))
    if now - beat.at < _SWEEP_IS_LATE:
        return None
    return LateSweep(
        _("No sweep has looked at the clocks since %(at)s: is the worker running?")
        % {"at": words.moment(beat.at)}
    )
