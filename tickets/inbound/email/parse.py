"""One raw e-mail to one record; whatever the bytes, the only error is Unreadable."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace

from tickets.domain.incoming import Unreadable
from tickets.domain.reply import trim_reply
from tickets.domain.words import MailKind
from tickets.inbound.email.addresses import Address, all_addresses, first_address
from tickets.inbound.email.attachments import read_attachments
from tickets.inbound.email.authentication import dmarc_result
from tickets.inbound.email.automatic import automatic_signal, wants_no_answer
from tickets.inbound.email.bodies import Body, read_body
from tickets.inbound.email.bounce_details import Bounce, only_delivered, read_bounce
from tickets.inbound.email.bounces import bounce_signal
from tickets.inbound.email.charset import clean
from tickets.inbound.email.daemons import is_daemon
from tickets.inbound.email.headers import Headers
from tickets.inbound.email.identity import message_id, message_ids
from tickets.inbound.email.limits import MAX_RECIPIENTS, check_size
from tickets.inbound.email.mime import Part, parse_tree
from tickets.inbound.email.parsed import ParsedMail
from tickets.inbound.email.receipt_time import first_trusted_received, mail_date

_SENDERS = ("from", "sender", "reply-to", "return-path")
_RECIPIENTS = (
    "to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to",
    "x-forwarded-to", "x-delivered-to", "resent-to", "resent-cc", "apparently-to", "bcc",
)  # fmt: skip
_PLAIN = frozenset({"from", "to", "cc", "subject", "reply-to", "sender"})
_MAX_NOTES = 20
_VIA = re.compile(r"\b(?:via|per|mediante|par|über|przez|tramite)\s", re.IGNORECASE)


def parse_mail(
    raw: bytes, *, own_mx_hosts: Sequence[str] = (), handed_on: bool = False
) -> ParsedMail:
    """The mail as a record. Raises Unreadable for an empty mail and for one beyond the limits.

    `own_mx_hosts` are the names of our own mail servers, whose headers are believed; of a mail
    that a provider has `handed_on`, only those that no server of somebody else's has received.
    """
    check_size(raw)
    try:
        return _parsed(_whole_lines(raw), own_mx_hosts, handed_on=handed_on)
    except Unreadable:
        raise
    except Exception as error:  # the promise of this door: a mail is never lost to a traceback
        raise Unreadable(f"the mail could not be understood: {type(error).__name__}") from error


def _whole_lines(raw: bytes) -> bytes:
    """The mail without what some programs put before its first header."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw = raw.decode("utf-16", "replace").encode("utf-8", "replace")
    mail = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\x00")
    return mail if b"\n" in mail else mail.replace(b"\r", b"\n")


def _parsed(raw: bytes, own_mx_hosts: Sequence[str], *, handed_on: bool) -> ParsedMail:
    notes: list[str] = []
    root = _with_readable_headers(parse_tree(raw, notes))
    headers = root.headers
    body = read_body(root)
    attachments = read_attachments(root, body)  # a winmail.dat among them may hold the text
    text = clean(body.text)
    return_path = _return_path(headers)
    stated = first_address(headers, _SENDERS)
    sender = _original_sender(headers, stated)
    subject = headers.text("subject")
    reply = trim_reply(text, subject=subject)
    kind, reason, bounce = _kind(root, text, reply, null_path=return_path == "")
    verdict = dmarc_result(headers, stated, own_mx_hosts, handed_on=handed_on)
    # That a list is genuine proves nothing about who wrote to it.
    dmarc = verdict if sender is stated or verdict is False else None
    return ParsedMail(
        subject=subject,
        sender=sender.email,
        sender_name=sender.name,
        reply_to=first_address(headers, ("reply-to",)).email,
        recipients=all_addresses(headers, _RECIPIENTS, MAX_RECIPIENTS),
        return_path=return_path,
        message_id=message_id(headers.raw("message-id")),
        references=_references(headers),
        sent_at=mail_date(headers.raw("date")),
        body=text,
        reply=reply,
        html=clean("\n".join(body.html)),
        attachments=attachments,
        kind=kind,
        auto_reason=clean(reason),
        bounced_ids=bounce.message_ids if bounce else (),
        bounce_hardness=bounce.hardness if bounce else None,
        is_delayed=bounce is not None and bounce.delayed,
        suppress_answer=(
            # Who fails DMARC is somebody else: an answer would be backscatter.
            dmarc is False or _suppressed(headers, kind, null_path=return_path == "")
        ),
        dmarc=dmarc,
        received_by_us_at=first_trusted_received(headers, own_mx_hosts),
        notes=_notes(root, body, sender, notes),
        loop_token=headers.text("x-sivo-loop")[:200],
    )


def _with_readable_headers(root: Part) -> Part:
    """Headers with raw letters are in the charset of the text, when they are not UTF-8."""
    charset = next(
        (part.parameters["charset"] for part in root.walk() if "charset" in part.parameters), ""
    )
    headers = root.headers.in_utf8(charset) if charset else root.headers
    return root if headers is root.headers else replace(root, headers=headers)


def _return_path(headers: Headers) -> str | None:
    if "return-path" not in headers:
        return None
    return first_address(headers, ("return-path",)).email


def _original_sender(headers: Headers, stated: Address) -> Address:
    """Who wrote; a list that sends in its own name ("Bob via Support") says for whom."""
    if _VIA.search(stated.name):
        original = first_address(headers, ("x-original-from",))
        if "@" in original.email:
            return original
    return stated


def _references(headers: Headers) -> tuple[str, ...]:
    """What the mail answers comes before the older mails of the conversation."""
    answered = message_ids(headers.raw_all("in-reply-to"))
    return tuple(dict.fromkeys([*answered, *message_ids(headers.raw_all("references"))]))


def _kind(
    root: Part, text: str, reply: str, *, null_path: bool
) -> tuple[MailKind, str, Bounce | None]:
    signal = bounce_signal(root, text, null_path=null_path)
    if signal and only_delivered(root):
        return MailKind.AUTO, "a report of a delivery that worked", None
    if signal:
        return MailKind.BOUNCE, signal, read_bounce(root, signal, text)
    signal = automatic_signal(root, text, reply, null_path=null_path)
    return (MailKind.AUTO, signal, None) if signal else (MailKind.HUMAN, "", None)


def _suppressed(headers: Headers, kind: MailKind, *, null_path: bool) -> bool:
    if kind is not MailKind.HUMAN or is_daemon(headers):
        return True
    return wants_no_answer(headers, null_path=null_path)


def _notes(root: Part, body: Body, sender: Address, notes: list[str]) -> tuple[str, ...]:
    found = [*notes, *body.notes]
    if not sender.email:
        found.append("the mail names no sender")
    if any(not value.isascii() for name, value in root.headers.fields if name in _PLAIN):
        found.append("headers hold letters that are not ASCII")
    return tuple(dict.fromkeys(clean(note) for note in found))[:_MAX_NOTES]
