"""Clocks as they are stored, with their ledger: read-only, since they are replays of the log."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sla.admin import words
from sla.admin.clocks.clock_panel import mark_of
from sla.admin.clocks.report import csv_view, report_view
from sla.models import Clock, ClockEntry
from sla.queries.terms.calendars import calendar_of
from tickets.admin.bases import BaseInline, ReadOnlyAdmin, UnscopedReadOnlyAdmin
from tickets.admin.marks import mark_html


class EntryInline(BaseInline):
    """The ledger of one clock."""

    model = ClockEntry
    fields = ["kind", "at", "recorded_at", "lag_ms"]
    readonly_fields = ["kind", "at", "recorded_at", "lag_ms"]
    extra = 0
    can_delete = False
    ordering = ["recorded_at", "pk"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The ledger is written by the readings alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The ledger never changes."""
        return False


class ClockAdmin(ReadOnlyAdmin):
    """Every clock; the ticket page shows the same with their receipts."""

    customer_path = "ticket__customer"
    list_display = [
        "mark",
        "ticket_link",
        "metric",
        "basis",
        "plan",
        "severity",
        "due_at",
        "stopped_at",
    ]
    list_display_links = ["mark"]
    list_filter = ["basis", "metric", "state", "plan_code", "severity", "void"]
    list_select_related = ["ticket"]
    search_fields = ["ticket__subject", "ticket__customer__name"]
    ordering = ["-due_at"]
    date_hierarchy = "due_at"
    list_per_page = 50
    show_full_result_count = False
    actions = None
    inlines = [EntryInline]
    fields = [
        "mark",
        "ticket_link",
        "metric",
        "basis",
        "plan",
        "severity",
        "allowance",
        "agreement",
        "terms_version",
        "clause",
        "calendar_version",
        "started_at",
        "due_at",
        "at_risk_at",
        "stopped_at",
        "ended_at",
        "breached_at",
        "cause",
        "read_at",
        "next_check_at",
        "void",
        "pins",
    ]
    readonly_fields = ["mark", "ticket_link", "plan", "allowance"]

    @admin.display(description=_("state"))
    def mark(self, clock: Clock) -> SafeString:
        """Shape, colour and word."""
        mark = mark_of(clock, timezone.now())
        return mark_html(mark, words.MARKS[mark], words.MARK_WORDS[mark])

    @admin.display(description=_("ticket"), ordering="ticket")
    def ticket_link(self, clock: Clock) -> SafeString:
        """The ticket, where the receipt is."""
        address = reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[clock.ticket_id])
        return format_html('<a href="{}">{}</a>', address, clock.ticket.reference)

    @admin.display(description=_("plan"), ordering="plan_code")
    def plan(self, clock: Clock) -> str:
        """The plan as customers know it."""
        return words.plan_name(clock.plan_code)

    @admin.display(description=_("allowance"))
    def allowance(self, clock: Clock) -> str:
        """In words."""
        hours = calendar_of(clock.calendar_version.sha256).hours
        return words.allowance_words(clock.allowance_us, hours)

    def get_urls(self) -> list[URLPattern]:
        """The report of missed targets, as a page and as CSV."""
        wrap = self.admin_site.admin_view
        own = [
            path(
                "missed-targets/",
                wrap(report_view),
                {"site": self.admin_site},
                name="sla_clock_missed_targets",
            ),
            path("missed-targets.csv", wrap(csv_view), name="sla_clock_missed_targets_csv"),
        ]
        return [*own, *super().get_urls()]


class HeartbeatAdmin(UnscopedReadOnlyAdmin):
    """When each periodic job last ran."""

    list_display = ["name", "at", "detail"]
    actions = None
