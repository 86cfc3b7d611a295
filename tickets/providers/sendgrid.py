"""SendGrid's Inbound Parse: the raw MIME message when the host is set so, or its fields."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from tickets.domain.incoming import Ignored, Unreadable
from tickets.providers.anymail_mails import from_form
from tickets.providers.call import Content
from tickets.providers.raw_mail import RawMail
from tickets.providers.values import list_in, record_in, text_in

VIEW: Final = "anymail.webhooks.sendgrid.SendGridInboundWebhookView"
_FOLD = re.compile(rb"\r?\n(?![ \t])")


def mail_of(content: Content) -> RawMail | Ignored:
    """The mail of a parsed call. Raises Unreadable."""
    if content.data is not None:
        return Ignored(
            reason="a report about mail of ours, no mail: SendGrid's mails come as forms"
        )
    raw = content.bytes_of("email")
    envelope = _object(content, "envelope")
    return RawMail(
        raw=_from_fields(content) if raw is None else raw,
        sent_from=text_in(envelope, "from") if "from" in envelope else None,
        sent_to=[each for each in list_in(envelope, "to") if isinstance(each, str)],
    )


def _from_fields(content: Content) -> bytes:
    headers = content.bytes_of("headers")
    if headers is None:
        raise Unreadable("the call has neither the field email nor the field headers")
    charsets = _object(content, "charsets")
    told = _object(content, "attachment-info")
    files = {
        field.name: field
        for field in content.fields
        if field.filename is not None or field.name in told
    }
    # anymail reads only the files that are told of.
    info = {name: record_in(told, name) for name in files}
    return from_form(
        VIEW,
        {
            # anymail asks for the field; the headers themselves are written from the raw ones.
            "headers": "",
            "attachment-info": json.dumps(info),
            **{
                name: _decoded(content.bytes_of(name) or b"", text_in(charsets, name))
                for name in ("text", "html")
                if content.all(name)
            },
        },
        files,
        _pairs(headers),
    )


def _object(content: Content, name: str) -> dict[str, Any]:
    try:
        value = content.json(name)
    except Unreadable:
        return {}
    return value if isinstance(value, dict) else {}


def _decoded(text: bytes, charset: str) -> str:
    """A field in the charset that SendGrid names for it; it leaves the mail's own as it is."""
    try:
        return text.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return text.decode("utf-8", "replace")


def _pairs(block: bytes) -> Iterator[tuple[str, str]]:
    for line in _FOLD.split(block):
        name, colon, value = line.decode("utf-8", "surrogateescape").partition(":")
        if colon:
            yield name.strip(), value.strip()
