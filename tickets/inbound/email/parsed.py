"""What is understood of one e-mail, as a record."""

from dataclasses import dataclass
from datetime import datetime

from tickets.domain.incoming import IncomingAttachment
from tickets.domain.words import MailKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """One e-mail, decoded: no text in it holds NUL or lone surrogates.

    `sender` and the like are bare addresses with a lower-cased domain, "" when unknown.
    Ids stand without their angle brackets. `return_path` is "" for `<>`, None without the header.
    `sent_at` (UTC) is what the sender claims, for display only. `reply` is `body` without what
    it quotes, never empty when `body` is not. `html` is raw. `suppress_answer`: no automatic
    answer may be sent. `dmarc` is None when none of our servers said. `received_by_us_at` is the
    time (UTC) of the topmost Received of our own servers. `notes` tell what was repaired.
    `loop_token` is the mark of mails of ours, unverified.
    """

    subject: str
    sender: str
    sender_name: str
    reply_to: str
    recipients: tuple[str, ...]
    return_path: str | None
    message_id: str
    references: tuple[str, ...]
    sent_at: datetime | None
    body: str
    reply: str
    html: str
    attachments: tuple[IncomingAttachment, ...]
    kind: MailKind
    auto_reason: str
    bounced_ids: tuple[str, ...]
    bounce_hardness: str | None
    is_delayed: bool
    suppress_answer: bool
    dmarc: bool | None
    received_by_us_at: datetime | None
    notes: tuple[str, ...]
    loop_token: str = ""
