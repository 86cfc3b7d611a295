"""One mail, written out to the last byte: what is sent, whoever carries it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from tickets.domain import own_mail
from tickets.outbound.headers import encoded, header_block, id_list, mailbox, one_line, sound_ids

_MAX_REFERENCES = 20
_ADDRESS = re.compile(r"([^\s<>()\[\]\\,;:\"@]{1,64})@([^\s<>()\[\]\\,;:\"@]{1,255})")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_UNKNOWN_TYPE = "application/octet-stream"


class NoAddress(ValueError):
    """There is no address that a mail can be sent to: correct the requester's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that goes along."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a mail says; Message-IDs without their angle brackets, `at` (aware) is its Date.

    An `automatic` one answers a mail and says that no person wrote it; a `generated` one says so
    and answers none. Both have the null path as their sender: no report about them comes back.
    """

    to: str
    from_name: str
    from_address: str
    reply_to: str = ""
    subject: str
    body: str
    language: str
    at: datetime
    message_id: str
    answers: str = ""
    references: Sequence[str] = ()
    loop_token: str
    automatic: bool = False
    generated: bool = False
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes over the wire; `sender` is the envelope's, "" the null path."""

    to: str
    sender: str
    raw: bytes

    @property
    def needs_utf8(self) -> bool:
        """The address itself has letters that only an SMTPUTF8 server carries (RFC 6531)."""
        return not self.to.isascii()


def write_letter(draft: Draft) -> Letter:
    """The finished mail. Raises NoAddress."""
    to = sendable(draft.to)
    head = header_block(_fields(draft, to))
    return Letter(
        to=to,
        sender="" if draft.automatic or draft.generated else draft.from_address,
        raw=head + _content(draft).as_bytes(),
    )


def sendable(address: str) -> str:
    """The address with its domain in ASCII (IDNA). Raises NoAddress."""
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        raise NoAddress(str(NoAddress.__doc__))
    local, domain = found.groups()
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise NoAddress(str(NoAddress.__doc__)) from None


def _fields(draft: Draft, to: str) -> list[tuple[str, str]]:
    answered = sound_ids([draft.answers] if draft.answers else [])
    earlier = [each for each in sound_ids(draft.references) if each not in answered]
    references = [*earlier, *answered][-_MAX_REFERENCES:]
    reply_to = draft.reply_to and mailbox(draft.from_name, draft.reply_to)
    return [
        ("From", mailbox(draft.from_name, draft.from_address)),
        ("To", to),
        ("Reply-To", reply_to),
        ("Subject", encoded("Subject", draft.subject)),
        ("Date", format_datetime(draft.at)),
        ("Message-ID", f"<{draft.message_id}>"),
        ("In-Reply-To", id_list(answered)),
        ("References", id_list(references)),
        ("Auto-Submitted", _auto_submitted(draft)),
        ("X-Auto-Response-Suppress", "All" if _auto_submitted(draft) else ""),
        (own_mail.HEADER, draft.loop_token),
        ("Content-Language", draft.language),
    ]


def _auto_submitted(draft: Draft) -> str:
    if draft.automatic:
        return "auto-replied"
    return "auto-generated" if draft.generated else ""


def _content(draft: Draft) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    text = draft.body.replace("\r\n", "\n").replace("\r", "\n")
    # Quoted-printable: no line is too long and no server has to know 8 bits.
    mail.set_content(f"{text.rstrip()}\n", cte="quoted-printable")
    for file in draft.files:
        main, _, sub = _carried_type(file.media_type).partition("/")
        name = one_line(file.name).replace("/", "_").replace("\\", "_")[:150]
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=name or "file")
    return mail


def _carried_type(media_type: str) -> str:
    """The type, or "just bytes": a mail or a multipart may not travel as base64."""
    plain = media_type.strip().lower()
    nested = plain.startswith(("message/", "multipart/"))
    return plain if _MEDIA_TYPE.fullmatch(plain) and not nested else _UNKNOWN_TYPE
