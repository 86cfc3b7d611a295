"""An answer as an e-mail: threaded, recognisable when it comes back, never automatic."""

from django.conf import settings
from django.core.mail import EmailMessage

from tickets.models import Message


def send_answer(message: Message) -> None:
    """Sends one answer by the configured mail server. Raises what that raises."""
    ticket = message.ticket
    if ticket.requester is None or not ticket.requester.email:
        raise ValueError("there is no address to answer to")
    references = [
        f"<{earlier.message_id}>"
        for earlier in ticket.messages.exclude(message_id="").exclude(pk=message.pk).order_by("at")
    ][-10:]
    headers = {"Message-ID": f"<{message.message_id}>"}
    if references:
        headers |= {"In-Reply-To": references[-1], "References": " ".join(references)}
    EmailMessage(
        subject=_subject(ticket.subject, ticket.reference),
        body=message.body,
        from_email=settings.SUPPORT_ADDRESSES[0],
        to=[ticket.requester.email],
        headers=headers,
    ).send()


def _subject(subject: str, reference: str) -> str:
    subject = " ".join(subject.split()) or "SIVO"
    subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    return subject if reference in subject else f"{subject} [{reference}]"
