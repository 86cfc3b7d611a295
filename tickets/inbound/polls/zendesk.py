"""Zendesk: its incremental export says which tickets changed, their audits say what happened.

The export leaves out the last minute, takes ten questions a minute, and gives a cursor that goes on
exactly where it ended. Audits tell whole seconds.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.incoming import Author, Ignored, Incoming, Unreadable
from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolRefused, ToolRequest
from tickets.domain.words import AuthorKind
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.polls.poll import (
    MOST_PARTS,
    PER_PAGE,
    Conversation,
    Listed,
    Page,
    Poll,
    Steps,
    Window,
    objects,
    thread_of,
)
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.placing import assigned, tagged, texts
from tickets.inbound.tools.records import Change
from tickets.inbound.tools.zendesk import SEVERITIES, STATUSES, channel_of

_EXPORT: Final = "/api/v2/incremental/tickets/cursor.json"
# "start_time" must lie more than a minute back.
_NEWEST_START: Final = timedelta(seconds=90)
_AT_ONCE: Final = timedelta(seconds=5)
_SYSTEM: Final = "-1"
_STAFF: Final = {"agent": True, "admin": True, "end-user": False}
_COMMENTS: Final = frozenset({"Comment", "VoiceComment"})
_USED: Final = _COMMENTS | {"Create", "Change"}
_TEXTS: Final = frozenset({"description", "raw_subject", "custom_fields", "fields"})
_USED_FIELDS: Final = frozenset({"status", "custom_status_id", "priority", "assignee_id", "tags"})


def list_changed(account: ToolAccount, window: Window) -> Steps[Page]:
    """One page of the export; the cursor of the last one is where the next look begins."""
    _ = account
    if window.cursor:
        query = {"cursor": window.cursor}
    else:
        start = min(window.since, window.now - _NEWEST_START)
        query = {"start_time": str(int(start.timestamp()))}
    answer = yield ToolRequest(
        method="GET", path=_EXPORT, query={**query, "per_page": str(PER_PAGE)}
    )
    told = Fields(read_object(answer.body), "")
    listed = tuple(_listed(each) for each in objects(answer, "tickets"))
    cursor = told.long_text("after_cursor") or window.cursor
    return Page(
        listed=listed, cursor=cursor, is_last=told.optional_flag("end_of_stream") is not False
    )


def _listed(raw: dict[str, Any]) -> Listed:
    told = Fields(raw, "")
    return Listed(
        thread=told.key("id"),
        version=f"{told.optional_key('generated_timestamp')} {told.long_text('updated_at')}",
        began_at=told.instant("created_at"),
        raw=raw,
        is_deleted=told.optional_text("status") == "deleted",
    )


def read_whole(account: ToolAccount, listed: Listed) -> Steps[Conversation]:
    """All audits of a ticket, with the people in them."""
    _ = account
    path = f"/api/v2/tickets/{listed.thread}/audits.json"
    audits: list[dict[str, Any]] = []
    people: dict[str, dict[str, Any]] = {}
    after = ""
    while len(audits) < MOST_PARTS:
        query = {"page[size]": str(PER_PAGE), "include": "users"}
        answer = yield ToolRequest(
            method="GET", path=path, query={**query, "page[after]": after} if after else query
        )
        audits += objects(answer, "audits")
        people |= {thread_of(each): _person(each) for each in objects(answer, "users")}
        meta = Fields(read_object(answer.body), "").optional_fields("meta")
        after = meta.long_text("after_cursor") if meta and meta.raw("has_more") is True else ""
        if not after:
            break
    return Conversation(
        kind="zendesk",
        thread=listed.thread,
        # What it began with stands in its first audit; nothing else need bring it along.
        ticket={key: value for key, value in listed.raw.items() if key not in _TEXTS},
        people=tuple(people.values()),
        parts=tuple(part for each in audits if (part := _part(listed.raw, each)) is not None),
    )


def _person(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: raw.get(key) for key in ("id", "name", "email", "role")}


def _part(ticket: Mapping[str, Any], audit: Mapping[str, Any]) -> dict[str, Any] | None:
    """An audit without what is never read here; None when nothing is left."""
    events = [
        each
        for each in audit.get("events") or ()
        if isinstance(each, dict)
        and each.get("type") in _USED
        and ("field_name" not in each or each["field_name"] in _USED_FIELDS)
    ]
    if not events:
        return None
    kept = {key: audit.get(key) for key in ("id", "author_id", "created_at", "via")}
    if any(_is_first(Fields(dict(ticket), ""), Fields(dict(audit), ""), each) for each in events):
        kept["opens"] = True
    return {**kept, "events": events}


def _is_first(ticket: Fields, audit: Fields, event: Mapping[str, Any]) -> bool:
    began, at = ticket.instant("created_at"), audit.instant("created_at")
    return (
        event.get("type") in _COMMENTS
        and began is not None
        and at is not None
        and abs(at - began) <= _AT_ONCE
        and str(event.get("body") or "").split() == ticket.long_text("description").split()
    )


def read_part(told: Fields, audit: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """What one audit says. Raises Unreadable."""
    ticket = told.fields("ticket")
    found: list[Incoming] = []
    for event in audit.records("events"):
        kind, field = event.text("type"), event.optional_text("field_name")
        if kind in _COMMENTS:
            found.append(_comment(told, ticket, audit, event, words))
        elif field == "priority":
            found += _priority(ticket, audit, event, words)
        elif field == "assignee_id":
            found.append(_assignee(told, ticket, audit, event))
        elif field == "tags":
            tags = texts(event.raw("value"))
            found += tagged(ticket.key("id"), audit.instant("created_at"), tags, words)
        elif kind == "Change":
            found += _status(ticket, audit, event, words)
    return tuple(found)


def _comment(
    told: Fields, ticket: Fields, audit: Fields, event: Fields, words: ToolMap
) -> Incoming:
    number = event.optional_key("author_id") or audit.key("author_id")
    if records.is_listed(words.bots, number):
        return Ignored(reason=records.MACHINE)
    public = event.optional_flag("public")
    if public is None:
        raise event.missing("public")
    opens = audit.raw("opens") is True
    people = _people(told)
    author = _author(people, number, words)
    asker = ""
    if opens and not _is_by_customer(ticket, words):
        asker = _author(people, ticket.key("requester_id"), words).email
        author = Author(kind=AuthorKind.AGENT, email=author.email, name=author.name)
    thread = ticket.key("id")
    text = event.long_text("body") if opens else _text(event)
    return records.message(
        change=Change(
            thread=thread,
            key=f"{thread}:created" if opens else event.key("id"),
            author=author,
            at=ticket.instant("created_at") if opens else audit.instant("created_at"),
        ),
        text=records.from_plain(text),
        subject=ticket.long_text("subject"),
        channel=channel_of(ticket),
        public=public,
        opens=opens,
        recipients=(asker,) if asker else (),
    )


def _text(event: Fields) -> str:
    return event.long_text("plain_body") or event.long_text("body")


def _people(told: Fields) -> dict[str, Fields]:
    return {each.key("id"): each for each in told.records("people")}


def _author(people: Mapping[str, Fields], number: str, words: ToolMap) -> Author:
    if number == _SYSTEM:
        return Author(kind=AuthorKind.BOT)
    person = people.get(number)
    name = one_line(person.long_text("name"), records.NAME) if person else ""
    email = person.address("email") if person else ""
    if records.is_listed(words.agents, number, email):
        return Author(kind=AuthorKind.AGENT, email=email, name=name)
    is_staff = _STAFF.get(person.long_text("role")) if person else None
    if is_staff is None:
        # Never a guess: a customer taken for an agent would stop a clock.
        raise Unreadable(f"people: the role of the user {number} is not told")
    kind = AuthorKind.AGENT if is_staff else AuthorKind.CUSTOMER
    return Author(kind=kind, email=email, name=name)


def _is_by_customer(ticket: Fields, words: ToolMap) -> bool:
    submitter = ticket.optional_key("submitter_id")
    asked = submitter in {None, ticket.optional_key("requester_id")}
    return asked and not records.is_listed(words.agents, submitter)


def _priority(ticket: Fields, audit: Fields, event: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    word = event.optional_text("value")
    if word is None:
        return ()
    if event.text("type") == "Change":
        change = _change(ticket, audit, event, words)
    else:
        # Forms and triggers fill it in, so it is nobody's choice yet.
        by = AuthorKind.CUSTOMER if _is_by_customer(ticket, words) else AuthorKind.BOT
        thread, at = ticket.key("id"), ticket.instant("created_at")
        change = Change(thread=thread, key=f"{thread}:priority", author=Author(kind=by), at=at)
    return (records.priority(change, word, SEVERITIES, words),)


def _status(ticket: Fields, audit: Fields, event: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    word = event.optional_key("value")
    own = event.optional_text("field_name") == "custom_status_id"
    if word is None or (own and records.status_of(word, STATUSES, words) is None):
        # Its category comes beside it.
        return ()
    return (records.status(_change(ticket, audit, event, words), word, STATUSES, words),)


def _assignee(told: Fields, ticket: Fields, audit: Fields, event: Fields) -> Incoming:
    number = event.optional_key("value") or ""
    person = _people(told).get(number)
    address = person.address("email") if person else ""
    return assigned(ticket.key("id"), audit.instant("created_at"), (number, address))


def _change(ticket: Fields, audit: Fields, event: Fields, words: ToolMap) -> Change:
    actor: str | None = audit.optional_key("author_id")
    kind = AuthorKind.AGENT
    if actor == _SYSTEM or records.is_listed(words.bots, actor):
        kind = AuthorKind.BOT
    elif actor is not None and actor == ticket.optional_key("requester_id"):
        kind = AuthorKind.CUSTOMER
    at: datetime | None = audit.instant("created_at")
    return Change(
        thread=ticket.key("id"),
        key=f"audit:{event.key('id')}",
        author=Author(kind=kind),
        at=at,
    )


def _try_out(_: ToolAccount) -> ToolRequest:
    return ToolRequest(method="GET", path="/api/v2/users/me.json")


def _who(answer: ToolAnswer) -> str:
    user = Fields(read_object(answer.body), "").fields("user")
    # Whoever is not known is answered as well: as nobody.
    if user.optional_key("id") is None:
        raise ToolRefused(
            "the tool does not know the account: check the user and the token", status=401
        )
    if user.long_text("role") == "end-user":
        raise ToolRefused("the account is one of a customer: take one of an agent", status=403)
    return one_line(user.long_text("name"), records.NAME)


ZENDESK: Final = Poll(
    list_changed=list_changed,
    read_whole=read_whole,
    read_part=read_part,
    try_out=_try_out,
    who=_who,
    needs=frozenset({"login"}),
    cursor_goes_on=True,
)
