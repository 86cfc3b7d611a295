"""Mailgun: a route's forward(), as raw MIME (the address ends in /mime) or taken apart."""

from typing import Any, Final

from tickets.domain.incoming import Ignored, Unreadable
from tickets.providers.anymail_mails import from_form
from tickets.providers.call import Content
from tickets.providers.forms import Field
from tickets.providers.raw_mail import RawMail
from tickets.providers.values import listed_headers, text_in

VIEW: Final = "anymail.webhooks.mailgun.MailgunInboundWebhookView"


def mail_of(content: Content) -> RawMail | Ignored:
    """The mail of a route's call. Raises Unreadable."""
    event = _event(content)
    if event != "inbound":
        return Ignored(reason=f"a report of the kind {event!r:.40} about mail of ours, no mail")
    raw = content.bytes_of("body-mime")
    return RawMail(
        raw=_from_fields(content) if raw is None else raw,
        sent_from=content.text("sender") if content.all("sender") else None,
        sent_to=[each.strip() for each in content.text("recipient").split(",")],
    )


def _event(content: Content) -> str:
    if content.data is not None:
        data = content.record.get("event-data")
        return text_in(data, "event") or "unknown" if isinstance(data, dict) else "unknown"
    return content.text("event") or "inbound"


def _from_fields(content: Content) -> bytes:
    if content.all("message-url") or content.all("attachments"):
        raise Unreadable(
            "the route stores the mail and sends only its address: use forward() in the route"
        )
    headers = content.json("message-headers")
    if headers is None:
        raise Unreadable("the call has neither body-mime nor message-headers")
    files = _files(content)
    return from_form(
        VIEW,
        {
            "timestamp": "0",
            "message-headers": "[]",
            "attachment-count": str(len(files)),
            "content-id-map": _map(content),
            **{
                name: content.text(name)
                for name in ("body-plain", "body-html")
                if content.all(name)
            },
        },
        files,
        listed_headers(headers),
    )


def _map(content: Content) -> str:
    """Which file is which image of the text, as it was told: an id may stand in it twice."""
    try:
        told = content.json("content-id-map")
    except Unreadable:
        told = None
    is_map = isinstance(told, dict) and all(isinstance(each, str) for each in told.values())
    return content.text("content-id-map") if is_map else "{}"


def _files(content: Content) -> dict[str, Field]:
    """The files under the names that the map of content ids uses: attachment-1 and on."""
    files: dict[str, Any] = {}
    for field in content.fields:
        kind, _, number = field.name.rpartition("-")
        if kind == "attachment" and number.isdecimal():
            files[field.name] = field
    return files
