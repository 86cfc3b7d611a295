"""The messages of the ticket page: what each says, and in a fold how we came to know it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tickets.admin.labels import CHANNEL_LABELS
from tickets.admin.paging import Piece, piece_of
from tickets.admin.severity.highlight import Heard, Part, highlight
from tickets.admin.ticket import message_words as words
from tickets.admin.ticket.attachment import IMAGE_TYPES
from tickets.admin.ticket.receipt_words import rule_text, times_of
from tickets.domain.words import AuthorKind, MailKind
from tickets.models import REFERENCE, Attachment, Delivery, Message, SendState, Ticket
from tickets.queries import person_name

SHOWN_MESSAGES = 50
# Older messages are folded: what counts is at the end of a conversation.
OPEN_MESSAGES = 4
# Larger images are looked at on demand: a page of them would be slow.
_MAX_SHOWN_BYTES = 2 * 1024 * 1024
_MAX_SHOWN_IMAGES = 6
_REPORT_TYPES = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "text/rfc822-headers"}
)
# Markup that says more than paragraphs do. A quote's own line and frame are in every reply.
_FORMATTED = (
    r"<(b|strong|i|em|u|s|strike|img|table|ul|ol|h[1-6]|font|hr|pre|code|center|mark)[\s>/]"
    r"|<a\s[^>]*href\s*=\s*[\"']?\s*https?:|style\s*=[^>]*(color|font-weight|background)\s*:"
)
_REMOTE = r"<img[^>]+src\s*=\s*[\"']?\s*(https?:)?//"
_PREFIX = re.compile(r"^(?:\s*(?:re|rv|fw|fwd|aw|wg|antw|tr)\s*(?:\[\d+\])?\s*:)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An instant that could have counted as the receipt."""

    label: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """How a message came, or left; what is empty is not known, or says nothing new."""

    subject: str
    recipients: Sequence[str]
    claimed_at: datetime | None
    difference: str
    received_at: datetime | None
    rule: str
    candidates: Sequence[Candidate]
    accepted_at: datetime | None
    message_id: str
    authentication: str
    delivery: Delivery | None

    @property
    def _instant(self) -> datetime | None:
        return self.claimed_at or self.accepted_at

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.delivery or self.message_id or self.recipients or self._instant)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message; `quoted` is the whole text when the reply alone is not all of it.

    `pictures` are shown, `files` only named; `inline` go into a fold.
    """

    message: Message
    side: str
    author: str
    label: str
    channel: str | Promise
    text: str
    parts: Sequence[Part]
    quoted: str
    is_open: bool
    trouble: str
    may_resend: bool
    sending: str
    late: str
    has_original: bool
    has_remote: bool
    pictures: Sequence[Attachment]
    files: Sequence[Attachment]
    inline: Sequence[Attachment]
    facts: MessageFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A piece of the conversation, oldest first."""

    messages: list[MessageView]
    piece: Piece[Message]


def conversation_of(
    ticket: Ticket,
    *,
    until: int = 0,
    shows_deliveries: bool,
    marks: Mapping[int, Sequence[Heard]] | None = None,
) -> Conversation:
    """The last messages, or those up to one of them, in a fixed number of queries.

    `marks` are the words to mark, by message.
    """
    piece = piece_of(_rows(ticket), until=until, size=SHOWN_MESSAGES)
    first_open = len(piece.rows) - OPEN_MESSAGES
    return Conversation(
        messages=[
            _message(
                row,
                ticket,
                is_open=number >= first_open,
                shows_deliveries=shows_deliveries,
                heard=(marks or {}).get(row.pk, ()),
            )
            for number, row in enumerate(piece.rows)
        ],
        piece=piece,
    )


def _rows(ticket: Ticket) -> QuerySet[Message]:
    files = Attachment.objects.defer("content").order_by("pk")
    return (
        ticket.messages.select_related("user", "contact", "delivery")
        .defer("html", "delivery__body", "delivery__headers")
        .annotate(has_original=Q(html__iregex=_FORMATTED), has_remote=Q(html__iregex=_REMOTE))
        .prefetch_related(Prefetch("attachments", files))
    )


def _message(
    message: Message,
    ticket: Ticket,
    *,
    is_open: bool,
    shows_deliveries: bool,
    heard: Sequence[Heard],
) -> MessageView:
    text = "" if message.erased_at else message.reply or message.body
    shown, files, inline = _sorted(message)
    rule = message.delivery.arrived_by if message.delivery else ""
    return MessageView(
        message=message,
        side=_side(message),
        author=_author(message),
        label=_label(message),
        channel=CHANNEL_LABELS.get(message.channel, message.channel),
        text=text,
        parts=highlight(text, heard),
        quoted=message.body if message.body.strip() != text.strip() else "",
        is_open=is_open,
        trouble=words.trouble_words(message),
        may_resend=message.send_state == SendState.FAILED
        and message.author_kind == AuthorKind.AGENT
        and message.erased_at is None,
        sending=words.sending_words(message),
        late=words.words_of(rule, words.LATE_RULES) if rule in words.LATE_RULES else "",
        has_original=message.has_original,  # type: ignore[attr-defined]
        has_remote=message.has_remote,  # type: ignore[attr-defined]
        pictures=shown,
        files=files,
        inline=inline,
        facts=_facts(message, ticket, shows_deliveries=shows_deliveries),
    )


def _sorted(message: Message) -> tuple[list[Attachment], list[Attachment], list[Attachment]]:
    """The images to show, the files to name, and what belongs into a fold: what stands in the
    original formatting, and the parts of a bounce that machines read.
    """
    shown: list[Attachment] = []
    files: list[Attachment] = []
    inline: list[Attachment] = []
    for file in message.attachments.all():
        if (file.is_inline and file.media_type.startswith("image/")) or (
            message.mail_kind == MailKind.BOUNCE and file.media_type in _REPORT_TYPES
        ):
            inline.append(file)
        elif _can_be_shown(file) and len(shown) < _MAX_SHOWN_IMAGES:
            shown.append(file)
        else:
            files.append(file)
    return shown, files, inline


def _can_be_shown(file: Attachment) -> bool:
    return (
        file.erased_at is None and file.media_type in IMAGE_TYPES and file.size <= _MAX_SHOWN_BYTES
    )


def _side(message: Message) -> str:
    if not message.is_public:
        return "note"
    if message.author_kind == AuthorKind.BOT or message.mail_kind != MailKind.HUMAN:
        return "machine"
    return "ours" if message.author_kind == AuthorKind.AGENT else "theirs"


def _author(message: Message) -> str:
    if message.user is not None:
        return person_name(message.user)
    return message.author_name or str(message.contact or _("unknown"))


def _label(message: Message) -> str:
    if not message.is_public:
        return _("internal note")
    if message.mail_kind == MailKind.BOUNCE:
        return _("failed delivery")
    return {
        "machine": _("automatic"),
        "ours": _("answer"),
        "theirs": _("customer"),
    }[_side(message)]


def _facts(message: Message, ticket: Ticket, *, shows_deliveries: bool) -> MessageFacts:
    delivery = message.delivery
    received = delivery.received_at if delivery else message.at
    return MessageFacts(
        subject="" if _is_same(message.subject, ticket.subject) else message.subject,
        recipients=[str(each) for each in message.recipients],
        claimed_at=message.sent_at,
        difference=words.difference(message.sent_at, received),
        received_at=delivery.received_at if delivery else None,
        rule=rule_text(delivery.arrived_by) if delivery else "",
        candidates=_candidates(delivery) if delivery else [],
        accepted_at=message.accepted_at,
        message_id=message.message_id,
        authentication=_authentication(message),
        delivery=delivery if shows_deliveries else None,
    )


def _is_same(subject: str, other: str) -> bool:
    """Prefixes and references come and go in a conversation; they change nothing."""
    bare = [
        re.sub(r"[\s\[\]]+", " ", REFERENCE.sub("", _PREFIX.sub("", text))).strip().casefold()
        for text in (subject, other)
    ]
    return not bare[0] or bare[0] == bare[1]


def _candidates(delivery: Delivery) -> list[Candidate]:
    # What the sender claims has a line of its own, because it never counts.
    return [
        Candidate(label=view.label, at=view.at)
        for view in times_of(delivery)
        if view.origin != "sent_at"
    ]


def _authentication(message: Message) -> str:
    if message.authenticated is None:
        return ""
    return _("passed") if message.authenticated else _("failed")
