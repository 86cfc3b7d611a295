"""The files of a mail: every part that is not its text, with a name that is safe to show."""

import re

from tickets.domain.incoming import IncomingAttachment
from tickets.inbound.email.bodies import Body
from tickets.inbound.email.headers import one_line
from tickets.inbound.email.mime import Part, enclosed

_EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/ms-tnef": ".dat",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/rfc822-headers": ".txt",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "message/rfc822": ".eml",
    "message/global": ".eml",
}
_ENCLOSED = frozenset({"message/rfc822", "message/global"})
_MAX_NAME = 200


def read_attachments(root: Part, body: Body) -> tuple[IncomingAttachment, ...]:
    """Every leaf that was not read as text, in reading order, with its decoded bytes.

    Files that stood inside the text come first, as it does.
    """
    taken = {id(part) for part in body.leaves}
    inside = tuple(
        IncomingAttachment(
            name=safe_name(name) or "attachment.bin",
            media_type="application/octet-stream",
            content=content,
        )
        for name, content in body.files
    )
    leaves = (part for part in root.walk() if not part.parts and id(part) not in taken)
    return inside + tuple(_attachment(part) for part in leaves if _holds_something(part))


def _holds_something(part: Part) -> bool:
    """Text parts that are empty and have no name are leftovers, not files."""
    if part.filename or part.disposition == "attachment":
        return True
    return not part.media_type.startswith("text/") or bool(part.encoded.strip())


def _attachment(part: Part) -> IncomingAttachment:
    name = safe_name(part.filename)
    if not name and part.media_type in _ENCLOSED:
        name = _with_extension(
            safe_name(_subject(part).replace("/", "-").replace("\\", "-")), ".eml"
        )
    return IncomingAttachment(
        name=name or "attachment" + _EXTENSIONS.get(part.media_type, ".bin"),
        media_type=part.media_type,
        content=part.content(),
    )


def _subject(part: Part) -> str:
    return enclosed(part).text("subject")


def _with_extension(name: str, extension: str) -> str:
    return name if not name or name.lower().endswith(extension) else name + extension


def safe_name(name: str) -> str:
    """The last component of a file name, without control characters, "" when nothing is left."""
    last = re.split(r"[/\\]", one_line(name))[-1].strip()
    if not last.strip(". "):
        return ""
    if len(last) <= _MAX_NAME:
        return last
    stem, dot, extension = last.rpartition(".")
    return f"{stem[: _MAX_NAME - 20]}.{extension[:19]}" if dot else last[:_MAX_NAME]
