"""Tickets: list, read, create, reply, note, severity; promises are added in `sla.api`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from tickets.api import examples
from tickets.api.bases import ApiView, Made, page_class
from tickets.api.paging import Order
from tickets.api.problems import Problem
from tickets.api.schema import Operation, SerializerClass
from tickets.api.ticket_fields import (
    NewTicketIn,
    SeverityIn,
    TicketOut,
    TicketQuery,
)
from tickets.domain.words import Channel, Severity
from tickets.models import Customer, Ticket, TicketEvent
from tickets.operations.desk.create_ticket import create_ticket, requester_of
from tickets.operations.severity.correct_severity import correct_severity
from tickets.rights import restrict, sees_everything

# By number: it never changes, so no page loses or repeats a ticket.
NEWEST_FIRST = Order()


class TicketView(ApiView):
    """What all addresses of tickets share."""

    tag = "tickets"
    ticket_class: ClassVar[SerializerClass] = TicketOut

    def visible(self) -> QuerySet[Ticket]:
        """The tickets that the caller may see: decided as for the pages."""
        return restrict(Ticket.objects.all(), self.caller, "customer")

    def one(self, ticket_id: int) -> Ticket:
        """A ticket that the caller may see. Raises NotFound."""
        ticket = self._whole().filter(pk=ticket_id).first()
        if ticket is None:
            raise NotFound
        return ticket

    def written(self, tickets: Sequence[Ticket]) -> list[Any]:
        """Tickets as they are answered, in a fixed number of queries."""
        return [self.ticket_class(ticket).data for ticket in tickets]

    def written_one(self, made: Made) -> Any:
        """The ticket of a call."""
        return self.written([self.one(made.ticket_id or 0)])[0]

    def _whole(self) -> QuerySet[Ticket]:
        return self.visible().select_related("customer", "requester", "assignee")


class TicketsView(TicketView):
    """All tickets."""

    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:tickets", "POST": "write:tickets"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(
            id="list_tickets",
            summary="Tickets, the newest first",
            query=TicketQuery,
            answered=examples.TICKETS,
        ),
        "POST": Operation(
            id="create_ticket",
            summary="Opens a ticket",
            body=NewTicketIn,
            status=201,
            sent={"A call by telephone": examples.NEW_TICKET},
            answered=examples.TICKET,
        ),
    }

    def answer_class(self, method: str) -> SerializerClass:
        """A page, or the new ticket."""
        if method == "GET":
            return page_class("TicketPage", self.ticket_class)
        return self.ticket_class

    def get(self, request: Request) -> Response:
        """The tickets that you may see. A page stays what it is when new ones come."""
        query = self.query()
        return self.page(self.filtered(self._whole(), query), NEWEST_FIRST, query, self.written)

    def filtered(self, rows: QuerySet[Ticket], query: Mapping[str, Any]) -> QuerySet[Ticket]:
        """Those that all filters let through."""
        for name in ("status", "severity", "customer"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        if "changed_since" in query:
            changed = TicketEvent.objects.filter(
                ticket=OuterRef("pk"), recorded_at__gte=query["changed_since"]
            )
            rows = rows.filter(Exists(changed.order_by()))
        return rows

    def post(self, request: Request) -> Response:
        """Opens a ticket for somebody who asked by telephone, in a chat or in person; you must be
        allowed to see every customer. The rules judge how severe it is. Answers leave by e-mail.
        """
        if not sees_everything(self.caller):
            raise PermissionDenied("Only who may see every customer can open tickets here.")
        body = self.body()
        return self.once(lambda now: self._create(body, now), self.written_one)

    def _create(self, body: Mapping[str, Any], now: datetime) -> Made:
        ticket = create_ticket(
            requester=requester_of(**body["requester"]),
            subject=body["subject"],
            text=body["text"],
            channel=Channel(body["channel"]),
            occurred_at=body.get("occurred_at"),
            customer=self._customer(body.get("customer")),
            user=self.caller,
            now=now,
        )
        return Made(ticket_id=ticket.pk)

    def _customer(self, number: int | None) -> Customer | None:
        if number is None:
            return None
        found = restrict(Customer.objects.all(), self.caller, "").filter(pk=number).first()
        if found is None:
            said = "There is no such customer."
            error = {"field": "/customer", "code": "unknown", "detail": said}
            raise Problem("no-such-customer", said, errors=[error])
        return found


class OneTicketView(TicketView):
    """One ticket."""

    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:tickets"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(id="read_ticket", summary="One ticket", answered=examples.TICKET)
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The ticket."""
        return self.ticket_class

    def get(self, request: Request, ticket_id: int) -> Response:
        """A ticket as it stands; its messages have an address of their own."""
        self.query()
        return Response(self.written_one(Made(ticket_id=ticket_id)))


class SeverityView(TicketView):
    """How severe a ticket is."""

    scopes: ClassVar[Mapping[str, str]] = {"POST": "write:tickets"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "POST": Operation(
            id="set_severity",
            summary="Sets the severity",
            body=SeverityIn,
            sent={"It got worse": {"severity": "S1", "got_worse": True}},
            answered=examples.TICKET,
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The ticket."""
        return self.ticket_class

    def post(self, request: Request, ticket_id: int) -> Response:
        """A person's choice, which no rule overrules. Lowering an S1 or S2 needs a reason; late, it
        counts for the contract only when a second person confirms it.
        """
        body = self.body()
        self.one(ticket_id)

        def do(now: datetime) -> Made:
            correct_severity(
                ticket_id=ticket_id,
                severity=Severity(body["severity"]),
                got_worse=body["got_worse"],
                reason=body["reason"],
                user=self.caller,
                now=now,
            )
            return Made(ticket_id=ticket_id)

        return self.once(do, self.written_one)
