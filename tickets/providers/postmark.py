"""Postmark: JSON, with the raw mail in it when the server is set so."""

import json
from collections.abc import Iterator
from typing import Any, Final

from tickets.domain.incoming import Ignored, Unreadable
from tickets.providers.anymail_mails import from_json, kept_type
from tickets.providers.call import Content
from tickets.providers.raw_mail import RawMail, mime_bytes
from tickets.providers.values import (
    address_line,
    list_in,
    listed_headers,
    one_line,
    records_in,
    text_in,
)

VIEW: Final = "anymail.webhooks.postmark.PostmarkInboundWebhookView"


def mail_of(content: Content) -> RawMail | Ignored:
    """The mail of an inbound call. Raises Unreadable."""
    record = content.record
    kind = text_in(record, "RecordType") or "Inbound"
    if kind != "Inbound":
        return Ignored(reason=f"a report of the kind {kind!r:.40} about mail of ours, no mail")
    headers = listed_headers(list_in(record, "Headers"))
    # Postmark puts the envelope's sender on top of them; further down it is the sender's own word.
    on_top = headers[0] if headers and headers[0][0].lower() == "return-path" else None
    return RawMail(
        raw=_raw(record, headers[1:] if on_top else headers),
        sent_from=on_top[1].strip() if on_top else None,
        sent_to=[text_in(record, "OriginalRecipient")],
    )


def _raw(record: dict[str, Any], headers: list[tuple[str, str]]) -> bytes:
    raw = text_in(record, "RawEmail")
    if raw:
        return mime_bytes(raw)
    if not any(key in record for key in ("TextBody", "HtmlBody", "FromFull", "Headers")):
        raise Unreadable("the call is none of Postmark's inbound stream: it holds no mail")
    pruned = {
        **{
            name: text_in(record, name)
            for name in ("TextBody", "HtmlBody")
            if text_in(record, name)
        },
        "Attachments": [_attachment(each) for each in records_in(record, "Attachments")],
    }
    return from_json(VIEW, json.dumps(pruned).encode(), [*_own_headers(record, headers), *headers])


def _own_headers(
    record: dict[str, Any], headers: list[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """What Postmark takes out of the headers and tells in fields of its own."""
    known = {name.lower() for name, _ in headers}
    told = {
        "From": address_line(records_in(record, "FromFull")) or text_in(record, "From"),
        "To": address_line(records_in(record, "ToFull")) or text_in(record, "To"),
        "Cc": address_line(records_in(record, "CcFull")) or text_in(record, "Cc"),
        "Bcc": address_line(records_in(record, "BccFull")) or text_in(record, "Bcc"),
        "Subject": text_in(record, "Subject"),
        "Date": text_in(record, "Date"),
        "Reply-To": text_in(record, "ReplyTo"),
    }
    for name, value in told.items():
        if value and name.lower() not in known:
            yield name, value


def _attachment(given: dict[str, Any]) -> dict[str, str]:
    content = text_in(given, "Content") or text_in(given, "Data")
    told = {
        "Name": one_line(text_in(given, "Name")),
        # Both names, or anymail finds none in an empty file.
        "Content": content,
        "Data": content,
        "ContentType": kept_type(text_in(given, "ContentType")),
    }
    # An id makes it an image of the text, even one that is "".
    content_id = one_line(text_in(given, "ContentID"))
    return {**told, "ContentID": content_id} if content_id else told
