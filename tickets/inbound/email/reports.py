"""What a delivery report holds: its status fields, and the mail that it gives back."""

from collections.abc import Iterator

from tickets.inbound.email.headers import Headers, split_headers
from tickets.inbound.email.limits import MAX_HEADER_BYTES
from tickets.inbound.email.mime import Part
from tickets.inbound.email.transfer import decode_transfer

RECEIPT_TYPES = frozenset({"message/disposition-notification", "message/feedback-report"})
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ENCLOSED_TYPES = frozenset({
    "message/rfc822", "message/global", "message/news", "message/rfc822-headers",
    "text/rfc822-headers", "text/rfc822-header", "text/rfc822", "message/global-headers",
    "message/partial",
})  # fmt: skip
# A file that is a mail all the same: gateways send the original as plain text or as bytes.
_DISGUISES = frozenset({"text/plain", "application/octet-stream", "text/x-unknown"})
_MAX_BLOCKS = 1000
_READ = MAX_HEADER_BYTES // 4
_IDENTITY = ("from", "received", "subject", "date")


def enclosed_mails(root: Part) -> Iterator[Headers]:
    """The headers of the mails that a mail encloses, whatever their parts are called."""
    for at, part in enumerate(root.walk()):
        if part.parts or not (part.media_type in _ENCLOSED_TYPES or part.media_type in _DISGUISES):
            continue
        content = decode_transfer(part.encoded[:_READ], part.encoding).lstrip(b"\r\n")
        headers = split_headers(content, 0, len(content))[0]
        known = sum(name in headers for name in _IDENTITY)
        if part.media_type in _ENCLOSED_TYPES or (at and "message-id" in headers and known > 1):
            yield headers


def encloses_a_mail(root: Part) -> bool:
    """The mail gives back another one, as a part of its own."""
    return next(enclosed_mails(root), None) is not None


def status_fields(root: Part) -> list[Headers]:
    """The blocks of a delivery status: one about the mail, one for each recipient."""
    blocks: list[Headers] = []
    for part in root.walk():
        if part.media_type not in STATUS_TYPES:
            continue
        content = part.content()
        at = 0
        while at < len(content) and len(blocks) < _MAX_BLOCKS:
            headers, stop = split_headers(content, at, min(len(content), at + _READ))
            blocks.append(headers)
            at = max(stop, at + 1)
    return blocks
