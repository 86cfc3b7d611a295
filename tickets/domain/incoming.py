"""What any door hands over: normalised records that no provider's word survives in."""

from dataclasses import dataclass
from datetime import datetime

from tickets.domain.words import AuthorKind, Channel, MailKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote; `email` is the bare address with a lower-cased domain, "" when unknown."""

    kind: AuthorKind
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingAttachment:
    """A decoded file of a message; `media_type` in lower case.

    `content_id` (without brackets) is how the HTML text names an image that is shown in it.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One message of a ticket; opens the ticket when no ticket with its thread is known.

    `thread` is the origin's own ticket id ("" for e-mail), `key` the origin's own id of this
    message; `opens` says that it is the ticket's first one. `occurred_at` is the signed time of
    the event (UTC), None when the origin gave none.
    """

    thread: str
    key: str
    author: Author
    subject: str
    body: str
    reply: str
    channel: Channel
    public: bool = True
    opens: bool = False
    html: str = ""
    kind: MailKind = MailKind.HUMAN
    occurred_at: datetime | None = None
    sent_at: datetime | None = None
    references: tuple[str, ...] = ()
    bounced_references: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    authenticated: bool | None = None
    # Where an automatic answer would go (RFC 3834): "" is the null path, None unknown.
    return_path: str | None = None
    suppress_answer: bool = False
    # The mark on mails of ours (own_mail.py), as it came: anybody can write one.
    loop_token: str = ""
    attachments: tuple[IncomingAttachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingStatus:
    """The origin says that its ticket is now open, waiting or solved (our words).

    `only_confirms`: that something happened then is known, not that it was this: it dates a change
    that was told of before, and is none itself.
    """

    thread: str
    key: str
    status: str
    cause: str
    author: Author
    occurred_at: datetime | None
    only_confirms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingSeverity:
    """A priority was set in the origin's own tool; `word` is what it is called there.

    `only_confirms` as above.
    """

    thread: str
    key: str
    severity: str
    author: Author
    occurred_at: datetime | None
    word: str = ""
    only_confirms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingAssignee:
    """The origin's tool says whose its ticket is now: ids and addresses of one person there.

    No names: it is nobody's. `is_repeated`: told with whatever happens, whether it changed or not.
    """

    thread: str
    key: str
    author: Author
    occurred_at: datetime | None
    names: tuple[str, ...]
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A well-formed delivery that changes nothing here, with the reason a person can read."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPriority(Ignored):
    """A priority in a word that only its source's own table may know."""

    thread: str
    key: str
    author: Author
    occurred_at: datetime | None
    word: str


Incoming = IncomingMessage | IncomingStatus | IncomingSeverity | IncomingAssignee | Ignored


class Unreadable(ValueError):
    """The delivery was accepted but cannot be understood; the message says why."""


class BadSignature(ValueError):
    """The delivery is not signed by this source; nothing of it may be kept."""
