"""What an IMAP server tells of folders and mails, in our words."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderName:
    """A folder that can be opened; `is_sent` when the server marks it as that of sent mail."""

    name: str
    is_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFolder:
    """An opened folder: its mails' UIDs mean something only together with `uidvalidity`.

    `highest_uid` is the UID that the newest mail has at most, `count` the number of mails.
    """

    uidvalidity: int
    highest_uid: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What is known of a mail before it is fetched; `size` in bytes as the server says.

    `internaldate` is when our mail server received it, `savedate` when it came into this folder
    (RFC 8514); both aware, None when the server does not say.
    """

    uid: int
    size: int
    internaldate: datetime | None
    savedate: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedMail:
    """The bytes of a mail, or of its header alone; `trouble` says why there is no more.

    `raw` is empty when the server hands out nothing of it.
    """

    outline: Outline
    raw: bytes
    trouble: str = ""
