"""From a stored message to the mail that leaves: its text, its thread, and what it quotes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from tickets.domain.words import AuthorKind, MailKind
from tickets.models import Message, Ticket
from tickets.operations.outgoing.acknowledge import NotWanted, language_of, write_text
from tickets.outbound.letter import Draft, File, Letter, write_letter
from tickets.outbound.mail import sender_of, subject_of
from tickets.outbound.wording import quoted

_THREAD = 20


def compose(message: Message, *, now: datetime) -> Letter:
    """The mail as it leaves at `now` (UTC). Raises NotWanted, or NoAddress."""
    if message.erased_at is not None:
        raise NotWanted("the person was erased")
    ticket, automatic = message.ticket, message.author_kind == AuthorKind.BOT
    language = language_of(ticket)
    if automatic:
        write_text(message, language=language, now=now)
    asked = _asked(message)
    body = message.body if automatic else _with_quote(message.body, asked, language)
    sender = sender_of(
        ticket=ticket.pk, address=ticket.source.address, message_id=message.message_id
    )
    draft = Draft(
        to=message.send_to or _address_of(ticket),
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        subject=subject_of(ticket.subject, ticket.reference),
        body=body,
        language=language,
        at=now.astimezone(ZoneInfo(settings.TIME_ZONE)),
        message_id=message.message_id,
        answers=asked.message_id if asked else "",
        references=_thread(message),
        loop_token=sender.loop_token,
        automatic=automatic,
        files=[
            File(name=file.name, media_type=file.media_type, content=bytes(file.content))
            for file in message.attachments.filter(erased_at__isnull=True).order_by("pk")
        ],
    )
    return write_letter(draft)


def _address_of(ticket: Ticket) -> str:
    # Rows from before the address was kept with the message.
    return ticket.requester.email if ticket.requester else ""


def _asked(message: Message) -> Message | None:
    """What is answered: the last that a person of the customer wrote before."""
    return (
        message.ticket.messages.filter(
            author_kind=AuthorKind.CUSTOMER,
            mail_kind=MailKind.HUMAN,
            is_public=True,
            erased_at__isnull=True,
            at__lte=message.at,
        )
        .defer("html")
        .order_by("-at", "-pk")
        .first()
    )


def _thread(message: Message) -> list[str]:
    """The public mails before, oldest first: a note's id is nothing for a customer."""
    earlier = (
        message.ticket.messages.filter(is_public=True)
        .exclude(message_id="")
        .exclude(mail_kind=MailKind.BOUNCE)
        .exclude(pk=message.pk)
        .order_by("-at", "-pk")
        .values_list("message_id", flat=True)
    )
    return list(reversed(earlier[:_THREAD]))


def _with_quote(text: str, asked: Message | None, language: str) -> str:
    if asked is None:
        return text
    quote = quoted(
        asked.reply or asked.body,
        at=asked.at,
        zone=settings.TIME_ZONE,
        name=asked.author_name,
        language=language,
    )
    return f"{text}\n\n{quote}" if quote else text
