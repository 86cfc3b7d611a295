"""An answer as an e-mail: threaded, recognisable when it comes back, never automatic."""

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What leaves the house; Message-IDs without their angle brackets."""

    to: str
    subject: str
    reference: str
    body: str
    message_id: str
    references: tuple[str, ...]


class NobodyToAnswer(ValueError):
    """There is no address to answer to."""


def send_answer(answer: Answer) -> None:
    """Sends one answer by the configured mail server. Raises NobodyToAnswer, or its errors."""
    if not answer.to:
        raise NobodyToAnswer(str(NobodyToAnswer.__doc__))
    headers = {"Message-ID": f"<{answer.message_id}>"}
    if answer.references:
        headers["In-Reply-To"] = f"<{answer.references[-1]}>"
        headers["References"] = " ".join(f"<{each}>" for each in answer.references)
    EmailMessage(
        subject=subject_of(answer),
        body=answer.body,
        from_email=settings.SUPPORT_ADDRESSES[0],
        to=[answer.to],
        headers=headers,
    ).send()


def subject_of(answer: Answer) -> str:
    """`Re: ...` with the ticket's reference, so that a reply finds its way back."""
    subject = " ".join(answer.subject.split()) or "SIVO"
    subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    return subject if answer.reference in subject else f"{subject} [{answer.reference}]"
