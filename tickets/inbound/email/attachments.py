"""The files of a mail: every part that is not its text, with a name that is safe to show."""

import re
from urllib.parse import unquote

from tickets.domain.incoming import IncomingAttachment
from tickets.inbound.email.bodies import Body, plain_text
from tickets.inbound.email.headers import one_line
from tickets.inbound.email.mime import Part, enclosed
from tickets.inbound.email.parameters import media_type
from tickets.inbound.email.tnef import unpack

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
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pgp-encrypted": ".asc",
    "message/rfc822": ".eml",
    "message/global": ".eml",
}
_ENCLOSED = frozenset({"message/rfc822", "message/global"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef"})
_REFERENCE = re.compile(
    r"\b(?:src|background)\s*=\s*[\"']?([^\"'\s<>]{1,300})|(cid:[^\"'\s<>)]{1,300})", re.IGNORECASE
)
_BYTES = "application/octet-stream"
_MAX_ID = 255
_MAX_NAME = 200
# Marks that turn the reading direction make "exe.pdf" of "fdp.exe".
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def read_attachments(root: Part, body: Body) -> tuple[IncomingAttachment, ...]:
    """Every leaf that was not read as text, in reading order, with its decoded bytes.

    Files that stood inside the text come first, as it does; those of a winmail.dat take its place.
    """
    taken = {id(part) for part in body.leaves}
    shown = _shown("\n".join(body.html))
    found = [
        IncomingAttachment(
            name=safe_name(name) or "attachment.bin",
            media_type=_BYTES,
            content=content,
        )
        for name, content in body.files
    ]
    for part in root.walk():
        if part.parts or id(part) in taken or not _holds_something(part):
            continue
        if is_tnef(part):
            found += _unpacked(part, body)
        else:
            found.append(_attachment(part, shown))
    return tuple(found)


def is_tnef(part: Part) -> bool:
    """Outlook's winmail.dat, whatever it is called."""
    return part.media_type in _TNEF or part.filename.lower() == "winmail.dat"


def _unpacked(part: Part, body: Body) -> list[IncomingAttachment]:
    """The files of a winmail.dat; itself when nothing in it can be read or is new."""
    content = part.content()
    tnef = unpack(content)
    used = tnef is not None and not body.text.strip() and bool(tnef.text.strip())
    if tnef is None or not (tnef.files or used):
        if tnef is None:
            body.notes.append("winmail.dat could not be unpacked")
        return [_attachment(part, frozenset())]
    if used:
        body.texts = [plain_text(tnef.text, {})]
    body.notes.append("winmail.dat was unpacked")
    return [
        IncomingAttachment(
            name=safe_name(each.name) or "attachment.bin",
            media_type=media_type(each.media_type.encode(), "")[0] if each.media_type else _BYTES,
            content=each.content,
            content_id=one_line(each.content_id)[:_MAX_ID],
        )
        for each in tnef.files
    ]


def _shown(html: str) -> frozenset[str]:
    """What the HTML shows: ids without `cid:`, and addresses of pictures."""
    found = (unquote(source or other) for source, other in _REFERENCE.findall(html))
    return frozenset(each.removeprefix("cid:").removeprefix("CID:") for each in found)


def _content_id(part: Part) -> str:
    named = part.headers.text("content-id").strip("<> ")
    return (named or part.headers.text("content-location"))[:_MAX_ID]


def _holds_something(part: Part) -> bool:
    """Text parts that are empty and have no name are leftovers, not files."""
    if part.filename or part.disposition == "attachment":
        return True
    return not part.media_type.startswith("text/") or bool(part.encoded.strip())


def _attachment(part: Part, shown: frozenset[str]) -> IncomingAttachment:
    name = safe_name(part.filename)
    if not name and part.media_type in _ENCLOSED:
        name = _with_extension(
            safe_name(_subject(part).replace("/", "-").replace("\\", "-")), ".eml"
        )
    content_id = _content_id(part)
    return IncomingAttachment(
        content_id=content_id,
        is_inline=content_id in shown and bool(content_id),
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
    last = re.split(r"[/\\]", one_line(_DIRECTIONS.sub("", name)))[-1].strip()
    if not last.strip(". "):
        return ""
    if len(last) <= _MAX_NAME:
        return last
    stem, dot, extension = last.rpartition(".")
    return f"{stem[: _MAX_NAME - 20]}.{extension[:19]}" if dot else last[:_MAX_NAME]
