"""A raw e-mail as a normalised record."""

from collections.abc import Sequence

from tickets.domain.incoming import Author, IncomingMessage
from tickets.domain.words import AuthorKind, Channel, MailKind
from tickets.inbound.email import ParsedMail, parse_mail


def parse(
    body: bytes, *, own_mx_hosts: Sequence[str], handed_on: bool = False
) -> tuple[IncomingMessage, ...]:
    """The one message of a mail, which a provider may have `handed_on`. Raises Unreadable."""
    return (incoming_of(parse_mail(body, own_mx_hosts=own_mx_hosts, handed_on=handed_on)),)


def incoming_of(mail: ParsedMail) -> IncomingMessage:
    """The record of a parsed mail; a warning that it is not delivered yet is an automatic mail."""
    returned = mail.kind is MailKind.BOUNCE
    kind = MailKind.AUTO if returned and mail.is_delayed else mail.kind
    return IncomingMessage(
        thread="",
        key=mail.message_id,
        author=Author(
            # Whose mailbox wrote it; `kind` says whether a person did.
            kind=AuthorKind.CUSTOMER,
            email=mail.sender,
            name=mail.sender_name,
        ),
        subject=mail.subject,
        body=mail.body,
        reply=mail.reply,
        html=mail.html,
        channel=Channel.EMAIL,
        kind=kind,
        sent_at=mail.sent_at,
        references=(*mail.references, *mail.bounced_ids),
        bounced_references=mail.bounced_ids if returned else (),
        recipients=mail.recipients,
        authenticated=mail.dmarc,
        return_path=mail.return_path,
        suppress_answer=mail.suppress_answer,
        loop_token=mail.loop_token,
        attachments=mail.attachments,
    )
