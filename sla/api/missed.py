"""The missed Enterprise targets of a month: the same report as the page and its CSV."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sla.api import examples
from sla.api.words import CAUSES
from sla.models import Clock
from sla.reports.missed_targets import (
    MISSED,
    PLAN,
    Month,
    Tally,
    missed_row,
    month_of,
    of_month,
    tallies_of,
    total_of,
)
from tickets.api.bases import ApiView, PageQuery, page_class
from tickets.api.fields import InstantField, StrictSerializer
from tickets.api.paging import Order
from tickets.api.schema import Operation, SerializerClass
from tickets.api.ticket_fields import CustomerRef, PersonOut
from tickets.domain.instants import format_seconds
from tickets.domain.words import Severity
from tickets.rights import restrict

_MONTH = re.compile(r"^(20[0-9]{2})-(0[1-9]|1[0-2])$", re.ASCII)
_HELP = "Such as 2026-12, in the contract's zone; the present one when it is not said."
BY_DUE = Order(is_descending=False, instant="due_at")


class MissedOut(serializers.Serializer[Any]):
    """One missed target."""

    clock = serializers.IntegerField(source="clock.pk")
    ticket = serializers.IntegerField(source="clock.ticket_id")
    reference = serializers.CharField(source="clock.ticket.reference")
    customer = CustomerRef(source="clock.ticket.customer", allow_null=True)
    csm = serializers.SerializerMethodField()
    severity = serializers.ChoiceField(
        source="clock.severity", choices=[value.value for value in Severity]
    )
    started_at = InstantField(source="clock.started_at")
    due_at = InstantField(source="clock.due_at")
    answered_at = InstantField(source="clock.stopped_at", allow_null=True)
    late_seconds = serializers.SerializerMethodField(help_text="In real time.")
    late_open_seconds = serializers.SerializerMethodField(help_text="In the clock's own time.")
    cause = serializers.ChoiceField(source="clock.cause", choices=CAUSES, allow_blank=True)
    is_open = serializers.BooleanField(help_text="Nobody has answered yet.")

    @extend_schema_field(PersonOut(allow_null=True))
    def get_csm(self, row: Any) -> Any:
        """Who owns the customer."""
        customer = row.clock.ticket.customer
        return PersonOut(customer.csm).data if customer and customer.csm else None

    def get_late_seconds(self, row: Any) -> float:
        """Real seconds."""
        return format_seconds(row.late_wall_us)

    def get_late_open_seconds(self, row: Any) -> float:
        """Open seconds of its calendar."""
        return format_seconds(row.late_own_us)


class TallyOut(serializers.Serializer[Any]):
    """How clocks ended."""

    met = serializers.IntegerField()
    missed = serializers.IntegerField()
    open = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    ratio = serializers.FloatField(
        allow_null=True, help_text="Met of those that are decided; null when none is."
    )


class SeverityTallyOut(TallyOut):
    """Those of one severity."""

    severity = serializers.ChoiceField(choices=[value.value for value in Severity])


class SummaryOut(serializers.Serializer[Any]):
    """The counts of one month."""

    month = serializers.CharField()
    plan = serializers.CharField()
    total = TallyOut()
    by_severity = SeverityTallyOut(many=True)


class MonthQuery(StrictSerializer):
    """Which month."""

    month = serializers.RegexField(_MONTH, required=False, help_text=_HELP)


class MissedQuery(PageQuery, MonthQuery):
    """Which month, and which page of it."""


class _MissedView(ApiView):
    tag = "missed targets"
    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:missed"}

    def of_month(self, query: Mapping[str, Any], now: datetime) -> tuple[Month, QuerySet[Any]]:
        """The month, and its clocks that the caller may see: decided as for the page."""
        found = _MONTH.fullmatch(query.get("month", ""))
        month = Month(int(found[1]), int(found[2])) if found else month_of(now)
        clocks = restrict(Clock.objects.all(), self.caller, "ticket__customer")
        return month, of_month(clocks, month, now=now)


class MissedView(_MissedView):
    """Each missed target."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(
            id="list_missed_targets",
            summary="The missed Enterprise targets of a month, by their deadline",
            query=MissedQuery,
            answered={"results": [examples.MISSED], "next": None},
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """A page."""
        return page_class("MissedPage", MissedOut)

    def get(self, request: Request) -> Response:
        """First answers that were promised and came late or not yet, of the customers that you may
        see. A clock belongs to the month of its deadline.
        """
        query, now = self.query(), timezone.now()
        _, clocks = self.of_month(query, now)
        rows = (
            clocks.filter(outcome=MISSED)
            .select_related("ticket__customer__csm", "calendar_version")
            .defer("pins", "calendar_version__definition")
        )
        return self.page(
            rows,
            BY_DUE,
            query,
            lambda found: [MissedOut(missed_row(clock, now)).data for clock in found],
        )


class SummaryView(_MissedView):
    """The counts."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(
            id="count_missed_targets",
            summary="How the Enterprise targets of a month ended",
            query=MonthQuery,
            answered=examples.SUMMARY,
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The counts."""
        return SummaryOut

    def get(self, request: Request) -> Response:
        """Cancelled clocks leave both sides of the ratio."""
        month, clocks = self.of_month(self.query(), timezone.now())
        tallies = tallies_of(clocks)
        return Response(
            {
                "month": month.code,
                "plan": PLAN,
                "total": _tally(total_of(tallies)),
                "by_severity": [
                    {"severity": severity, **_tally(tally)} for severity, tally in tallies
                ],
            }
        )


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "met": tally.met,
        "missed": tally.missed,
        "open": tally.open,
        "cancelled": tally.cancelled,
        "ratio": tally.ratio,
    }
