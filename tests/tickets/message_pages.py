"""Addresses and views of the messages on the ticket page."""

from typing import Any

from django.test import Client

from tickets.models import Attachment, Message, Ticket


def page(ticket: Ticket, query: str = "") -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/{query}"


def original(message: Message, query: str = "") -> str:
    return f"/admin/tickets/ticket/{message.ticket_id}/message/{message.pk}/original/{query}"


def attachment(file: Attachment, tail: str = "", ticket: Ticket | None = None) -> str:
    ticket_id = ticket.pk if ticket else file.message.ticket_id
    return f"/admin/tickets/ticket/{ticket_id}/attachment/{file.pk}/{tail}"


def first_message(ticket: Ticket, **changes: Any) -> Message:
    message = ticket.messages.earliest("pk")
    Message.objects.filter(pk=message.pk).update(**changes)
    return Message.objects.get(pk=message.pk)


def add_file(message: Message, content: bytes, media_type: str, **fields: Any) -> Attachment:
    return Attachment.objects.create(
        message=message,
        **{"name": "a file", **fields},
        media_type=media_type,
        size=len(content),
        content=content,
    )


def view_of(client: Client, message: Message) -> Any:
    views = client.get(page(message.ticket)).context["conversation"]
    return next(view for view in views if view.message.pk == message.pk)
