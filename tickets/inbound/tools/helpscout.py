"""Help Scout: webhooks that name the event in a header which nothing signs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming, Unreadable
from tickets.domain.words import AuthorKind, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.helpscout_threads import author_of, channel_of, read_threads
from tickets.inbound.tools.proofs import base64_signature, check_hmac, digest_of
from tickets.inbound.tools.records import Change

EVENT_HEADER: Final = "x-helpscout-event"
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "active": (Status.OPEN, ""),
        "open": (Status.OPEN, ""),
        "pending": (Status.WAITING, WaitCause.CUSTOMER),
        "closed": (Status.SOLVED, ""),
    }
)
# It knows no priorities.
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})
_UNSURE: Final = (
    "kept as a note: the signed body does not say that an agent wrote last, and nothing signs the "
    "name of the event"
)
_UNUSED: Final = {
    "convo.tags": "tags stay in the tool that sent them",
    "convo.assigned": "the assignee stays in the tool that sent it",
    "convo.merged": "merge the two tickets here too, if they are to count as one",
    "convo.deleted": "a ticket that is deleted there stays here",
    "helpscout.test": "a test of the address",
}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA1 in base64 over the body; no timestamp, no id. Raises BadSignature."""
    _ = now
    check_hmac(base64_signature(call, "x-helpscout-signature"), call.body, secrets, "sha1")
    return Verified(delivery_id=digest_of(call.body, _event(call)))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    event = _event(call)
    if not event:
        raise Unreadable("the header X-HelpScout-Event, which names the event, is missing")
    reader = _READERS.get(event)
    if reader is None:
        return records.unused(event, _UNUSED)
    told = Fields(read_object(call.body), "")
    if not told.has("status"):
        raise Unreadable("only the address of the conversation came: switch `notification` off")
    threads = read_threads(told, words) if event in _WRITTEN else ()
    return threads or reader(told, sha256(call.body).hexdigest()[:12], words)


def _event(call: ToolCall) -> str:
    value = call.headers.get(EVENT_HEADER)
    return one_line(value, 100) if isinstance(value, str) else ""


def _created(told: Fields, _digest: str, words: ToolMap) -> tuple[Incoming, ...]:
    person = told.fields("createdBy")
    kind = _kind(person, words)
    thread = told.key("id")
    asker = _customer(told)
    change = Change(
        thread=thread,
        key=f"{thread}:created",
        author=author_of(person, kind),
        at=told.instant("createdAt"),
    )
    asks = kind is AuthorKind.CUSTOMER
    return (
        records.message(
            change=change,
            text=_text(told),
            subject=told.long_text("subject"),
            channel=channel_of(told),
            public=True,
            opens=True,
            recipients=(asker.email,) if asker.email and not asks else (),
        ),
    )


def _customer_wrote(told: Fields, digest: str, words: ToolMap) -> tuple[Incoming, ...]:
    _ = words
    waits = told.optional_fields("customerWaitingSince")
    instants = [told.instant("userUpdatedAt"), waits.instant("time") if waits else None]
    at = max((instant for instant in instants if instant), default=None)
    return (_message(told, f"customer:{digest}", _customer(told), at, public=True),)


def _agent_wrote(told: Fields, digest: str, words: ToolMap) -> tuple[Incoming, ...]:
    # The assignee need not be the one who wrote.
    author = Author(kind=AuthorKind.AGENT)
    waits = told.optional_fields("customerWaitingSince")
    last = waits.optional_text("latestReplyFrom") if waits else None
    sure = last != "customer"
    key = f"agent:{digest}" if sure else f"agent:{digest}:unconfirmed"
    said = _message(told, key, author, told.instant("userUpdatedAt"), public=sure)
    if not sure:
        return (said, Ignored(reason=_UNSURE))
    return (said, *_status(told, digest, words))


def _note(told: Fields, digest: str, words: ToolMap) -> tuple[Incoming, ...]:
    _ = words
    at = told.instant("userUpdatedAt")
    return (_message(told, f"note:{digest}", Author(kind=AuthorKind.AGENT), at, public=False),)


def _status(told: Fields, digest: str, words: ToolMap) -> tuple[Incoming, ...]:
    thread = told.key("id")
    change = Change(
        thread=thread,
        key=f"{thread}:status:{digest}",
        author=Author(kind=AuthorKind.AGENT),
        at=told.instant("userUpdatedAt"),
    )
    return (records.status(change, told.text("status"), STATUSES, words),)


def _message(
    told: Fields, key: str, author: Author, at: datetime | None, *, public: bool
) -> Incoming:
    thread = told.key("id")
    return records.message(
        # It has no id of its own: a retry repeats its bytes.
        change=Change(thread=thread, key=f"{thread}:{key}", author=author, at=at),
        text=_text(told),
        subject=told.long_text("subject"),
        channel=channel_of(told),
        public=public,
    )


def _kind(person: Fields, words: ToolMap) -> AuthorKind:
    if records.is_listed(words.bots, person.optional_key("id"), person.address("email")):
        return AuthorKind.BOT
    role = person.text("type")
    if role not in {"customer", "user"}:
        raise person.error("type", "customer or user")
    return AuthorKind.CUSTOMER if role == "customer" else AuthorKind.AGENT


def _customer(told: Fields) -> Author:
    person = told.optional_fields("primaryCustomer")
    return author_of(person, AuthorKind.CUSTOMER) if person else Author(kind=AuthorKind.CUSTOMER)


def _text(told: Fields) -> records.Text:
    # The beginning of the newest message is all that is told of it.
    return records.from_plain(told.long_text("preview"))


_WRITTEN: Final = frozenset(
    {
        "convo.created",
        "convo.customer.reply.created",
        "convo.agent.reply.created",
        "convo.note.created",
    }
)
_Reader = Callable[[Fields, str, ToolMap], tuple[Incoming, ...]]
_READERS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "convo.created": _created,
        "convo.customer.reply.created": _customer_wrote,
        "convo.agent.reply.created": _agent_wrote,
        "convo.note.created": _note,
        "convo.status": _status,
    }
)
