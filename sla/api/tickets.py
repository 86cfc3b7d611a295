"""Tickets with their promises: the final addresses."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sla.api.words import BASES, METRICS, PLANS
from sla.queries.clocks.desk import clocks_of, is_due_between, is_on_plan, next_clock, plan_of
from tickets.api import tickets as conversation
from tickets.api.fields import InstantField
from tickets.api.schema import Operation, SerializerClass
from tickets.api.ticket_fields import TicketOut, TicketQuery
from tickets.models import Ticket


class NextDueOut(serializers.Serializer[Any]):
    """What is due next in a ticket: a promise before an internal objective."""

    metric = serializers.ChoiceField(choices=METRICS)
    basis = serializers.ChoiceField(choices=BASES)
    due_at = InstantField()
    is_late = serializers.BooleanField()


class PromisedTicketOut(TicketOut):
    """A ticket as it stands, with what was promised."""

    plan = serializers.SerializerMethodField()
    next_due = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=PLANS, allow_null=True))
    def get_plan(self, ticket: Ticket) -> str | None:
        """Of the agreement under which the first answer is promised."""
        return plan_of(self.context["clocks"].get(ticket.pk, ())) or None

    @extend_schema_field(NextDueOut(allow_null=True))
    def get_next_due(self, ticket: Ticket) -> Any:
        """As the desk sorts by it; null when nothing runs."""
        now = self.context["now"]
        clock = next_clock(self.context["clocks"].get(ticket.pk, ()), now)
        if clock is None or clock.due_at is None:
            return None
        return NextDueOut(
            {
                "metric": clock.metric,
                "basis": clock.basis,
                "due_at": clock.due_at,
                "is_late": clock.due_at < now,
            }
        ).data


class PromisedTicketQuery(TicketQuery):
    """The filters of the list; all of them must hold."""

    plan = serializers.ChoiceField(required=False, choices=PLANS)
    due_after = InstantField(
        required=False, help_text="A running promise is due at this instant or later."
    )
    due_before = InstantField(required=False, help_text="The same promise is due before this one.")


class _Promised(conversation.TicketView):
    """What the promises add to every address that answers with tickets."""

    ticket_class: ClassVar[SerializerClass] = PromisedTicketOut

    def written(self, tickets: Sequence[Ticket]) -> list[Any]:
        """With their clocks, in one query for all."""
        context = {"clocks": clocks_of([each.pk for each in tickets]), "now": timezone.now()}
        return [self.ticket_class(ticket, context=context).data for ticket in tickets]


class TicketsView(_Promised, conversation.TicketsView):
    """All tickets."""

    operations: ClassVar[Mapping[str, Operation]] = {
        **conversation.TicketsView.operations,
        "GET": Operation(
            id="list_tickets",
            summary="Tickets, the newest first",
            query=PromisedTicketQuery,
            answered=conversation.TicketsView.operations["GET"].answered,
        ),
    }

    def filtered(self, rows: QuerySet[Ticket], query: Mapping[str, Any]) -> QuerySet[Ticket]:
        """Those that all filters let through."""
        rows = super().filtered(rows, query)
        after, before = query.get("due_after"), query.get("due_before")
        if after is not None or before is not None:
            rows = rows.filter(is_due_between(after, before))
        return rows.filter(is_on_plan(query["plan"])) if "plan" in query else rows


class OneTicketView(_Promised, conversation.OneTicketView):
    """One ticket."""


class SeverityView(_Promised, conversation.SeverityView):
    """How severe a ticket is."""
