"""The messages of a ticket: read, reply, note."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from tickets.api import examples
from tickets.api.bases import Made, PageQuery, page_class
from tickets.api.paging import Order
from tickets.api.schema import Operation, SerializerClass
from tickets.api.ticket_fields import MessageOut, NoteIn, ReplyIn
from tickets.api.tickets import TicketView
from tickets.domain.wake_ups import wake_outbox
from tickets.models import Message
from tickets.operations.outgoing.answer import answer_ticket
from tickets.operations.ticket.notes import add_note

OLDEST_FIRST = Order(is_descending=False)


class WrittenView(TicketView):
    """What all that writes a message shares."""

    scopes: ClassVar[Mapping[str, str]] = {"POST": "write:tickets"}

    def answer_class(self, method: str) -> SerializerClass:
        """The message."""
        return MessageOut

    def message(self, made: Made) -> Any:
        """The message of a call; none when its ticket is no longer for the caller."""
        row = Message.objects.filter(pk=made.message_id or 0, ticket__in=self.visible()).first()
        if row is None:
            raise NotFound
        return MessageOut(row).data


class RepliesView(WrittenView):
    """Answers to the customer."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "POST": Operation(
            id="reply",
            summary="Answers the customer",
            body=ReplyIn,
            status=201,
            sent={"An answer": {"text": "Hola Bob:\nya funciona.\n\nAlice", "seen": 4711}},
            answered=examples.MESSAGE,
        )
    }

    def post(self, request: Request, ticket_id: int) -> Response:
        """The answer is stored and leaves within seconds, by e-mail or through the tool in which
        the conversation lives; it counts from the instant at which our mail server or the tool
        has taken it. Where answers do not leave through the tool, it is refused.
        """
        body = self.body()
        self.one(ticket_id)

        def do(now: datetime) -> Made:
            made = answer_ticket(
                ticket_id=ticket_id,
                text=body["text"],
                seen=body.get("seen"),
                user=self.caller,
                now=now,
            )
            wake_outbox()
            return Made(ticket_id=ticket_id, message_id=made.pk)

        return self.once(do, self.message)


class NotesView(WrittenView):
    """Notes for us."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "POST": Operation(
            id="add_note",
            summary="Adds an internal note",
            body=NoteIn,
            status=201,
            sent={"A note": {"text": "The carrier confirms a fault in Madrid."}},
            answered=examples.NOTE,
        )
    }

    def post(self, request: Request, ticket_id: int) -> Response:
        """The customer never sees it, and no clock starts or stops."""
        body = self.body()
        self.one(ticket_id)

        def do(now: datetime) -> Made:
            made = add_note(ticket_id=ticket_id, text=body["text"], user=self.caller, now=now)
            return Made(ticket_id=ticket_id, message_id=made.pk)

        return self.once(do, self.message)


class MessagesView(TicketView):
    """The conversation."""

    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:tickets"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(
            id="list_messages",
            summary="The messages of a ticket, as they were stored",
            query=PageQuery,
            answered={"results": [examples.MESSAGE, examples.NOTE], "next": None},
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """A page."""
        return page_class("MessagePage", MessageOut)

    def get(self, request: Request, ticket_id: int) -> Response:
        """Public messages and internal notes, the first one first."""
        query = self.query()
        self.one(ticket_id)
        rows = Message.objects.filter(ticket=ticket_id).prefetch_related("attachments")
        return self.page(
            rows, OLDEST_FIRST, query, lambda found: [MessageOut(each).data for each in found]
        )
