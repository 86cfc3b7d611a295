"""To whom a tool gives a ticket, and what its tags say, each in the tool's own place."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, Incoming, IncomingAssignee, IncomingSeverity, Unreadable
from tickets.domain.plain_word import TAG, plain_word
from tickets.domain.words import AuthorKind, Severity
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.tools.call import ToolCall, ToolMap
from tickets.inbound.tools.records import WORD

_ZENDESK: Final = "zen:event-type:ticket."
# With Zammad's own words for it.
NOBODY: Final = frozenset({"", "0", "1", "-"})
_MOST_TAGS: Final = 200
_BY_TOOL: Final = Author(kind=AuthorKind.BOT)
_Names = tuple[str, ...]


class _Told:
    """What one call says of a conversation: None where it says nothing."""

    def __init__(
        self,
        thread: str,
        at: datetime | None,
        *,
        assignee: _Names | None = None,
        tags: _Names | None = None,
        is_repeated: bool = False,
    ) -> None:
        self.thread, self.at, self.assignee, self.tags = thread, at, assignee, tags
        self.is_repeated = is_repeated


def placing(kind: str, call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """The assignee and the tags that a call tells of, if any; never raises.

    A tag counts only where the source's own table names it, and says a severity like a priority.
    """
    reader = _READERS.get(kind)
    if reader is None:
        return ()
    try:
        told = reader(Fields(read_object(call.body), ""), call)
    except Unreadable:
        # What matters more of the same call has been read, or complained of.
        return ()
    if told is None:
        return ()
    found: list[Incoming] = []
    if told.assignee is not None:
        given = assigned(told.thread, told.at, told.assignee, is_repeated=told.is_repeated)
        found.append(given)
    return (*found, *tagged(told.thread, told.at, told.tags or (), words))


def assigned(
    thread: str,
    at: datetime | None,
    names: _Names,
    *,
    is_repeated: bool = False,
) -> IncomingAssignee:
    """A ticket that was given to somebody of these names, or to nobody."""
    known = tuple(name for name in names if name)
    return IncomingAssignee(
        thread=thread,
        key=f"{thread}:assignee:{_stamp(at)}",
        author=_BY_TOOL,
        occurred_at=at,
        names=() if NOBODY.issuperset(known) else known,
        is_repeated=is_repeated,
    )


def tagged(
    thread: str, at: datetime | None, tags: _Names, words: ToolMap
) -> tuple[IncomingSeverity, ...]:
    """The most severe of the tags that the source's own table knows, if it knows any."""
    tag = _most_severe(tags, words)
    if tag is None:
        return ()
    told = IncomingSeverity(
        thread=thread,
        key=f"{thread}:tag:{_stamp(at)}",
        severity=tag[0],
        author=_BY_TOOL,
        occurred_at=at,
        word=one_line(f"{TAG}{tag[1]}", WORD),
    )
    return (told,)


def _stamp(at: datetime | None) -> str:
    return at.isoformat() if at else "undated"


def _most_severe(tags: _Names, words: ToolMap) -> tuple[Severity, str] | None:
    known = [
        (severity, tag)
        for tag in tags[:_MOST_TAGS]
        if (severity := words.severities.get(plain_word(f"{TAG}{tag}"))) is not None
    ]
    return min(known, key=lambda each: each[0].rank, default=None)


def _zendesk(told: Fields, _call: ToolCall) -> _Told | None:
    if told.has("sivo"):
        return None
    kind, detail = told.text("type").removeprefix(_ZENDESK), told.fields("detail")
    thread, at = detail.key("id"), told.instant("time")
    if kind == "agent_assignment_changed":
        return _Told(thread, at, assignee=(detail.optional_key("assignee_id") or "",))
    if kind == "created":
        to = detail.optional_key("assignee_id")
        return _Told(thread, at, assignee=(to,) if to else None, tags=texts(detail.raw("tags")))
    if kind == "tags_changed":
        return _Told(thread, at, tags=texts(detail.raw("tags")))
    return None


def _jira(told: Fields, _call: ToolCall) -> _Told | None:
    kind = told.optional_text("webhookEvent")
    issue = told.optional_fields("issue")
    fields = issue.optional_fields("fields") if issue else None
    if issue is None or fields is None:
        return None
    thread, at = issue.key("id"), told.seconds("timestamp", per_second=1000)
    labels = texts(fields.raw("labels"))
    if kind == "jira:issue_created":
        to = jira_person(fields)
        return _Told(thread, at, assignee=to or None, tags=labels)
    log = told.optional_fields("changelog")
    changed = {item.optional_text("field") for item in log.records("items")} if log else set()
    if kind != "jira:issue_updated" or not changed & {"assignee", "labels"}:
        return None
    return _Told(
        thread,
        at,
        assignee=jira_person(fields) if "assignee" in changed else None,
        tags=labels if "labels" in changed else None,
    )


def jira_person(fields: Fields) -> _Names:
    """Whose an issue is."""
    person = fields.optional_fields("assignee")
    if person is None:
        return ()
    return (person.optional_key("accountId") or "", person.address("emailAddress"))


def _chatwoot(told: Fields, _call: ToolCall) -> _Told | None:
    if told.optional_text("event") != "conversation_updated":
        return None
    listed = told.raw("changed_attributes")
    changed = {
        key
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
        for key in each
    }
    at = told.moment("updated_at") or told.moment("timestamp")
    return _Told(
        told.key("id"),
        at,
        assignee=chatwoot_person(told) if changed & {"assignee_id", "assignee"} else None,
        tags=texts(told.raw("labels")) if changed & {"label_list", "cached_label_list"} else None,
    )


def chatwoot_person(conversation: Fields) -> _Names:
    """Whose a conversation is; a bot of theirs is nobody, and numbered apart from people."""
    meta = conversation.optional_fields("meta")
    person = meta.optional_fields("assignee") if meta else None
    if meta is None or person is None or meta.optional_text("assignee_type") == "AgentBot":
        return ()
    return (person.optional_key("id") or "", person.address("email"))


def _zammad(told: Fields, _call: ToolCall) -> _Told | None:
    ticket = told.fields("ticket")
    person = None if ticket.is_text("owner") else ticket.optional_fields("owner")
    number = ticket.optional_key("owner_id")
    if number is None and person is None:
        return None
    address = ticket.address("owner") if ticket.is_text("owner") else ""
    to = (number or "", person.address("email") if person else address)
    # It is told again with every article.
    nobody = number in NOBODY
    at = ticket.instant("updated_at")
    return _Told(ticket.key("id"), at, assignee=() if nobody else to, is_repeated=True)


def _front(told: Fields, _call: ToolCall) -> _Told | None:
    event = told.optional_fields("payload") or told
    kind = event.optional_text("type") or ""
    conversation = event.optional_fields("conversation")
    if conversation is None or kind not in {"assign", "unassign", "tag", "inbound"}:
        return None
    thread, at = conversation.key("id"), event.seconds("emitted_at")
    person = conversation.optional_fields("assignee")
    to = (person.optional_key("id") or "", person.address("email")) if person else ()
    names = tuple(each.long_text("name") for each in conversation.records("tags"))
    return _Told(
        thread,
        at,
        assignee=to if kind in {"assign", "unassign"} else None,
        tags=names if kind in {"tag", "inbound"} else None,
    )


def _intercom(told: Fields, _call: ToolCall) -> _Told | None:
    topic, item = told.text("topic"), told.fields("data").fields("item")
    at = item.seconds("updated_at") or told.seconds("created_at")
    if topic in {"conversation.admin.assigned", "ticket.admin.assigned"}:
        place = item.optional_fields("ticket") or item
        return _Told(place.key("id"), at, assignee=(place.optional_key("admin_assignee_id") or "",))
    if topic == "conversation_part.tag.created":
        place = item.optional_fields("conversation") or item
        tags = place.optional_fields("tags")
        names = tuple(each.long_text("name") for each in tags.records("tags")) if tags else ()
        return _Told(place.key("id"), at, tags=names)
    return None


def _helpscout(told: Fields, call: ToolCall) -> _Told | None:
    event = call.headers.get("x-helpscout-event")
    if event not in {"convo.assigned", "convo.tags", "convo.created"} or not told.has("status"):
        return None
    person = told.optional_fields("assignee")
    to = (person.optional_key("id") or "", person.address("email")) if person else ()
    names = tuple(each.long_text("tag") for each in told.records("tags"))
    return _Told(
        told.key("id"),
        told.instant("userUpdatedAt") or told.instant("createdAt"),
        assignee=to if event == "convo.assigned" or to else None,
        tags=None if event == "convo.assigned" else names,
    )


def _freshdesk(told: Fields, _call: ToolCall) -> _Told | None:
    place = told.fields("freshdesk_webhook")
    if place.optional_text("event") != "ticket_created":
        return None
    tags = tuple(each.strip() for each in place.long_text("ticket_tags").split(","))
    address = place.address("agent_email")
    to = (address,) if address else None
    return _Told(place.key("ticket_id"), None, assignee=to, tags=tags)


def texts(value: object) -> _Names:
    """The texts of a list, () when it is none."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


_READERS: Final[Mapping[str, Callable[[Fields, ToolCall], _Told | None]]] = MappingProxyType(
    {
        "zendesk": _zendesk,
        "jira": _jira,
        "chatwoot": _chatwoot,
        "zammad": _zammad,
        "front": _front,
        "intercom": _intercom,
        "helpscout": _helpscout,
        "freshdesk": _freshdesk,
    }
)
