"""SparkPost, Mandrill, MailerSend, Mailjet and Postal: what their JSON says, as raw mails."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.dateparse import parse_datetime

from tickets.domain.incoming import Ignored, Unreadable
from tickets.inbound.signing import from_base64
from tickets.providers.anymail_mails import constructed, from_json, kept_type
from tickets.providers.call import Content, as_list
from tickets.providers.raw_mail import RawMail, mime_bytes
from tickets.providers.values import (
    instant_of,
    list_in,
    listed_headers,
    one_line,
    record_in,
    records_in,
    text_in,
)

MAILJET_VIEW: Final = "anymail.webhooks.mailjet.MailjetInboundWebhookView"
_REPORT: Final = "a report about mail of ours, no mail"


def sparkpost_mail(event: Any) -> RawMail | Ignored:
    """One entry of a relay batch; an empty one is a test of the address. Raises Unreadable."""
    kinds = record_in(event, "msys")
    if not kinds:
        return Ignored(reason="a test of the address: it holds no mail")
    relayed = record_in(kinds, "relay_message")
    if not relayed:
        return Ignored(reason=_REPORT)
    content = record_in(relayed, "content")
    text = text_in(content, "email_rfc822")
    if not text:
        raise Unreadable("msys.relay_message.content.email_rfc822 is missing")
    raw = _from_base64(text) if content.get("email_rfc822_is_base64") is True else mime_bytes(text)
    return RawMail(
        raw=raw,
        sent_from=text_in(relayed, "msg_from") if "msg_from" in relayed else None,
        sent_to=[text_in(relayed, "rcpt_to")],
    )


def mandrill_events(content: Content) -> list[Any]:
    """The events of a batch. Raises Unreadable."""
    events = content.json("mandrill_events")
    if events is None:
        raise Unreadable("the field mandrill_events is missing")
    return as_list(events)


def mandrill_mail(event: Any) -> RawMail | Ignored:
    """One event of a batch, with its own signed instant. Raises Unreadable."""
    if text_in(event, "event") != "inbound":
        return Ignored(reason=_REPORT)
    message = record_in(event, "msg")
    raw = text_in(message, "raw_msg")
    if not raw:
        raise Unreadable("msg.raw_msg is missing")
    return RawMail(
        raw=mime_bytes(raw),
        sent_to=[text_in(message, "email")],
        occurred_at=mandrill_instant(event),
    )


def mandrill_instant(event: Any) -> datetime | None:
    """When Mandrill took the mail (UTC), under its signature."""
    return instant_of(event.get("ts")) if isinstance(event, dict) else None


def mailersend_mail(content: Content) -> RawMail | Ignored:
    """The mail of an inbound route. Raises Unreadable."""
    record = content.record
    if text_in(record, "type") != "inbound.message":
        return Ignored(reason=_REPORT)
    data = record_in(record, "data")
    raw = text_in(data, "raw")
    if not raw:
        raise Unreadable("data.raw is missing")
    sender = record_in(data, "sender")
    return RawMail(
        raw=mime_bytes(raw),
        sent_from=text_in(sender, "email") if "email" in sender else None,
        sent_to=[
            text_in(each, "email") for each in records_in(record_in(data, "recipients"), "rcptTo")
        ],
    )


def mailersend_instant(content: Content) -> datetime | None:
    """When MailerSend took the mail (UTC), under its signature."""
    try:
        instant = parse_datetime(text_in(record_in(content.record, "data"), "created_at"))
    except ValueError:
        return None
    if instant is None:
        return None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def mailjet_mail(content: Content) -> RawMail | Ignored:
    """The mail of a parse route: Mailjet has no raw option. Raises Unreadable."""
    if isinstance(content.data, list) or "event" in content.record:
        return Ignored(reason=_REPORT)
    record = content.record
    headers = record_in(record, "Headers")
    if not headers:
        raise Unreadable("Headers is missing")
    parts = [_mailjet_part(each) for each in records_in(record, "Parts")]
    kept = {
        name: text_in(record, name)
        for name in record
        if name in {"Text-part", "Html-part"} or "Attachment" in name
    }
    return RawMail(
        raw=from_json(
            MAILJET_VIEW,
            json.dumps({**kept, "Headers": {}, "Parts": parts}).encode(),
            listed_headers(headers),
        ),
        sent_from=text_in(record, "Sender") if "Sender" in record else None,
        sent_to=[text_in(record, "Recipient")],
    )


def _mailjet_part(part: dict[str, Any]) -> dict[str, Any]:
    headers = {}
    for name, value in listed_headers(record_in(part, "Headers")):
        kind = name.lower() == "content-type"
        headers[name] = kept_type(one_line(value)) if kind else one_line(value)
    return {"ContentRef": text_in(part, "ContentRef"), "Headers": headers}


def postal_mail(content: Content) -> RawMail | Ignored:
    """The mail of an HTTP endpoint, raw or taken apart. Raises Unreadable."""
    record = postal_record(content)
    if "event" in record or "status" in record:
        return Ignored(reason=_REPORT)
    raw = text_in(record, "message")
    if raw:
        is_base64 = str(record.get("base64")).lower() == "true"
        mail = _from_base64(raw) if is_base64 else mime_bytes(raw)
    elif "plain_body" in record or "html_body" in record:
        mail = _postal_parts(record)
    else:
        raise Unreadable("the call holds neither message nor plain_body")
    return RawMail(
        raw=mail,
        sent_from=text_in(record, "mail_from") if "mail_from" in record else None,
        sent_to=[text_in(record, "rcpt_to")],
    )


def postal_record(content: Content) -> dict[str, Any]:
    """What a call says, whichever of its two encodings was chosen. Raises Unreadable."""
    if content.data is not None:
        return content.record
    return {field.name: content.text(field.name) for field in content.fields}


def _postal_parts(record: dict[str, Any]) -> bytes:
    told = {
        "From": text_in(record, "from"),
        "To": text_in(record, "to"),
        "Cc": text_in(record, "cc"),
        "Subject": text_in(record, "subject"),
        "Date": text_in(record, "date"),
        "Message-ID": _bracketed(text_in(record, "message_id")),
        "In-Reply-To": text_in(record, "in_reply_to"),
        "References": text_in(record, "references"),
        "Auto-Submitted": text_in(record, "auto_submitted"),
        "Reply-To": text_in(record, "reply_to") or ", ".join(map(str, list_in(record, "reply_to"))),
    }
    files = [
        {
            "content_type": kept_type(text_in(each, "content_type")),
            "content": _from_base64(text_in(each, "data")),
            "filename": one_line(text_in(each, "filename")),
        }
        for each in records_in(record, "attachments")
    ]
    return constructed(
        [(name, value) for name, value in told.items() if value],
        lambda message: message.construct(
            text=text_in(record, "plain_body") or None,
            html=text_in(record, "html_body") or None,
            attachments=[message.construct_attachment(**file) for file in files],
        ),
    )


def _bracketed(message_id: str) -> str:
    return f"<{message_id}>" if message_id and not message_id.startswith("<") else message_id


def _from_base64(text: str) -> bytes:
    found = from_base64("".join(text.split()))
    if found is None:
        raise Unreadable("the mail is not base64, though the call says so")
    return found
