"""The clocks of a ticket, each with its receipt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sla.api import examples
from sla.api.words import BASES, CAUSES, METRICS, RECEIPT_CODES, STATES
from sla.models import Clock
from sla.operations.clocks.ticket_clocks import TicketClocks, clock_receipt, ticket_clocks
from sla.queries.clocks.receipts import Line
from sla.queries.terms.calendars import calendar_of
from tickets.api.fields import InstantField
from tickets.api.schema import Operation, SerializerClass
from tickets.api.tickets import TicketView
from tickets.domain.instants import format_seconds

_SECONDS = {"type": "number"}


class _LineOut(serializers.Serializer[Line]):
    """One span of a receipt."""

    to = InstantField(source="to_at")
    seconds = serializers.SerializerMethodField()
    code = serializers.ChoiceField(choices=RECEIPT_CODES)
    text = serializers.CharField()

    @extend_schema_field(_SECONDS)
    def get_seconds(self, line: Line) -> float:
        """What it counted."""
        return format_seconds(line.counted_us)


# `from` is no name that Python allows.
ReceiptLineOut: SerializerClass = type(
    "ReceiptLineOut", (_LineOut,), {"from": InstantField(source="from_at")}
)


class ReceiptOut(serializers.Serializer[Any]):
    """Where the allowance went."""

    counted_from = InstantField()
    due_at = InstantField(allow_null=True)
    total_seconds = serializers.FloatField()
    is_whole = serializers.BooleanField(help_text="The lines add up to the allowance.")
    agrees = serializers.BooleanField(help_text="A replay of the log gives the stored deadline.")
    lines = ReceiptLineOut(many=True)


class ClockOut(serializers.Serializer[Clock]):
    """One target running on one ticket."""

    id = serializers.IntegerField()
    metric = serializers.ChoiceField(choices=METRICS)
    basis = serializers.ChoiceField(choices=BASES)
    plan = serializers.CharField(source="plan_code")
    severity = serializers.CharField()
    terms = serializers.CharField(source="terms_version")
    clause = serializers.CharField(allow_blank=True)
    calendar = serializers.SerializerMethodField()
    allowance_seconds = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=STATES)
    started_at = InstantField()
    due_at = InstantField(allow_null=True)
    at_risk_at = InstantField(allow_null=True)
    stopped_at = InstantField(allow_null=True)
    ended_at = InstantField(allow_null=True)
    breached_at = InstantField(allow_null=True)
    met = serializers.BooleanField(allow_null=True)
    elapsed_seconds = serializers.SerializerMethodField()
    cause = serializers.ChoiceField(choices=CAUSES, allow_blank=True)
    void = serializers.BooleanField()
    receipt = serializers.SerializerMethodField()

    def get_calendar(self, clock: Clock) -> str:
        """The code of the calendar."""
        return calendar_of(clock.calendar_version.sha256).code

    @extend_schema_field(_SECONDS)
    def get_allowance_seconds(self, clock: Clock) -> float:
        """What the target grants."""
        return format_seconds(clock.allowance_us)

    @extend_schema_field(_SECONDS)
    def get_elapsed_seconds(self, clock: Clock) -> float:
        """As it was when the clock was read last."""
        return format_seconds(clock.elapsed_us)

    @extend_schema_field(ReceiptOut(allow_null=True))
    def get_receipt(self, clock: Clock) -> dict[str, object] | None:
        """Read from the log at this moment; null when it cannot be."""
        found: TicketClocks = self.context["found"]
        return _receipt(clock, found, self.context["now"])


class ClocksOut(serializers.Serializer[Any]):
    """The clocks of a ticket; of its finished internal objectives, the newest."""

    results = ClockOut(many=True)
    left_out = serializers.IntegerField(help_text="Older finished objectives that are not shown.")


class ClocksView(TicketView):
    """The clocks of a ticket."""

    tag = "clocks"
    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:clocks"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(
            id="list_clocks",
            summary="The clocks of a ticket, with their receipts",
            answered={"results": [examples.CLOCK], "left_out": 0},
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The clocks."""
        return ClocksOut

    def get(self, request: Request, ticket_id: int) -> Response:
        """Every promise, all that runs, and why each deadline is where it is, line by line."""
        self.query()
        ticket, now = self.one(ticket_id), timezone.now()
        found = ticket_clocks(ticket, now)
        context = {"found": found, "now": now}
        clocks = sorted(found.clocks, key=lambda clock: (clock.started_at, clock.pk))
        return Response(
            {
                "results": [ClockOut(clock, context=context).data for clock in clocks],
                "left_out": found.left_out,
            }
        )


def _receipt(clock: Clock, found: TicketClocks, now: datetime) -> dict[str, object] | None:
    run = found.reading_of(clock)
    written = clock_receipt(clock, run, now=now, language=get_language() or "") if run else None
    if written is None:
        return None
    receipt = written.receipt
    return ReceiptOut(
        {
            "counted_from": receipt.counted_from,
            "due_at": receipt.due_at,
            "total_seconds": format_seconds(receipt.total_us),
            "is_whole": receipt.is_whole,
            "agrees": written.agrees,
            "lines": receipt.lines,
        }
    ).data
