"""Synthetic mails for the tables of the parser's tests: a few words make a whole mail."""

from dataclasses import dataclass

ID = "reply-81@tickets.sivocenter.com"
ORIGINAL = (
    "Received: from tickets.sivocenter.com by mx.acme.example; Mon, 23 Nov 2026 09:00:00 +0100\n"
    "From: SIVO Support <support@sivocenter.com>\n"
    "To: bob@acme.example\n"
    "Subject: Re: [SIVO-1042] The phones do not ring\n"
    "Date: Mon, 23 Nov 2026 09:00:00 +0100\n"
    f"Message-ID: <{ID}>\n"
)
NULL = "Return-Path: <>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One way to tell a failure: who writes, which subject, what else stands in the head, the text.

    `{original}` in the text is the head of our mail; `fields` are those of a delivery status.
    """

    sender: str
    subject: str
    text: str
    head: tuple[str, ...] = (NULL,)
    fields: str = ""
    returned: str = ""
    kind: str = "report"


def mail(sender: str, subject: str, *head: str, text: str = "text") -> bytes:
    """A mail of one part."""
    lines = [*head, f"From: {sender}", f"Subject: {subject}", "To: support@sivocenter.com"]
    if not any(each.lower().startswith("content-type") for each in head):
        lines.append("Content-Type: text/plain; charset=utf-8")
    return "\n".join([*lines, "", text]).encode()


def dialect_mail(each: Dialect) -> bytes:
    """The mail of a dialect: plain when it has no fields and gives nothing back, else multipart."""
    text = each.text.replace("{original}", ORIGINAL)
    if not each.fields and not each.returned:
        return mail(each.sender, each.subject, *each.head, text=text)
    parts = [f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"]
    if each.fields:
        parts.append(
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.acme.example\n\n"
            f"Final-Recipient: rfc822; bob@acme.example\n{each.fields}\n"
        )
    if each.returned:
        parts.append(f"Content-Type: {each.returned}\n\n{ORIGINAL}\n")
    kind = f'Content-Type: multipart/{each.kind}; boundary="=_b"'
    if each.kind == "report":
        kind += "; report-type=delivery-status"
    body = "".join(f"--=_b\n{part}\n" for part in parts) + "--=_b--\n"
    return mail(each.sender, each.subject, *each.head, kind, text=body)
