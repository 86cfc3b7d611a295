"""Zammad: a search by condition lists what changed, articles and history say what happened.

The condition is answered by its database, with and without Elasticsearch. Pages stand in the order
in which tickets began: one that changes between two pages then pushes no other out of sight.
"""

from datetime import UTC, datetime
from typing import Any, Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolRequest
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
    read_array,
)
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.placing import NOBODY, assigned, tagged, texts
from tickets.inbound.tools.records import Change
from tickets.inbound.tools.zammad import (
    SEVERITIES,
    STATUSES,
    address_of,
    read_article,
    word_of,
)

_CONDITION: Final = "condition[ticket.updated_at]"
_ATTRIBUTES: Final = frozenset({"state", "priority", "owner"})
_TAGS: Final = frozenset({"added", "removed"})


def list_changed(account: ToolAccount, window: Window) -> Steps[Page]:
    """One page of the tickets that changed; the cursor is the number of the page."""
    _ = account
    number = int(window.cursor or 1)
    answer = yield ToolRequest(
        method="GET",
        path="/api/v1/tickets/search",
        query={
            f"{_CONDITION}[operator]": "after (absolute)",
            f"{_CONDITION}[value]": _instant(window.since),
            "sort_by": "created_at",
            "order_by": "asc",
            "expand": "true",
            "per_page": str(PER_PAGE),
            "page": str(number),
        },
    )
    listed = tuple(_listed(each) for each in read_array(answer))
    # However large its pages are: the last one is empty.
    return Page(listed=listed, cursor=str(number + 1) if listed else "", is_last=not listed)


def _instant(at: datetime) -> str:
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _listed(raw: dict[str, Any]) -> Listed:
    told = Fields(raw, "")
    return Listed(
        thread=told.key("id"),
        version=told.long_text("updated_at"),
        began_at=told.instant("created_at"),
        raw=raw,
    )


def read_whole(account: ToolAccount, listed: Listed) -> Steps[Conversation]:
    """The articles of a ticket, and how its state and priority changed."""
    _ = account
    answer = yield ToolRequest(
        method="GET",
        path=f"/api/v1/ticket_articles/by_ticket/{listed.thread}",
        query={"expand": "true"},
    )
    articles = read_array(answer)[:MOST_PARTS]
    answer = yield ToolRequest(method="GET", path=f"/api/v1/ticket_history/{listed.thread}")
    history = objects(answer, "history")
    history = [each for each in history if each.get("object") == "Ticket"]
    changes = [
        each
        for each in history
        if each.get("type") == "updated" and each.get("attribute") in _ATTRIBUTES
    ][:MOST_PARTS]
    # Each webhook tells the state anew, though it is about something else.
    moments = {str(each.get("created_at")) for each in (*articles, *history)}
    priority = _first(changes, "priority", "value_from", listed.raw.get("priority"))
    owner = _first(changes, "owner", "id_from", listed.raw.get("owner_id"))
    return Conversation(
        kind="zammad",
        thread=listed.thread,
        ticket=listed.raw,
        parts=(
            *({"article": each} for each in articles),
            *({"change": each} for each in changes),
            *({"line": {"at": at}} for at in sorted(moments)),
            *_tags(history),
            *([{"first": {"priority": priority}}] if isinstance(priority, str) else []),
            *([{"first": {"owner": owner}}] if str(owner) not in NOBODY else []),
        ),
    )


def _first(changes: list[dict[str, Any]], about: str, before: str, present: Any) -> Any:
    """What something was at the beginning: of that, no change tells."""
    told = [each.get(before) for each in changes if each["attribute"] == about]
    return told[0] if told else present


def _tags(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tags as they were after each change of them."""
    present: list[str] = []
    found: list[dict[str, Any]] = []
    for each in history:
        tag = each.get("value_to")
        if each.get("type") in _TAGS and each.get("attribute") == "tag" and isinstance(tag, str):
            present = [other for other in present if other != tag]
            present += [tag] if each["type"] == "added" else []
            found.append({"tags": {"all": list(present), "at": each.get("created_at")}})
    return found[:MOST_PARTS]


def read_part(told: Fields, part: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """An article, a change, or what was so at the beginning. Raises Unreadable."""
    ticket = told.fields("ticket")
    article = part.optional_fields("article")
    if article is not None:
        return (read_article(ticket, article, words),)
    line = part.optional_fields("line")
    if line is not None:
        happened = _change(ticket, "line", line.instant("at"))
        return records.something_happened(happened, STATUSES, SEVERITIES, words)
    tags = part.optional_fields("tags")
    if tags is not None:
        return tagged(ticket.key("id"), tags.instant("at"), texts(tags.raw("all")), words)
    change = part.optional_fields("change")
    if change is None:
        return _began(ticket, part.fields("first"), words)
    about, at = change.text("attribute"), change.instant("created_at")
    if about == "owner":
        return (_owner(ticket, change.optional_key("id_to"), at),)
    return _changed(ticket, about, change.optional_text("value_to"), at, words)


def _began(ticket: Fields, first: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    at = ticket.instant("created_at")
    if first.has("owner"):
        return (_owner(ticket, first.optional_key("owner"), at),)
    return _changed(ticket, "priority", word_of(first, "priority"), at, words)


def _owner(ticket: Fields, number: str | None, at: datetime | None) -> Incoming:
    is_present = number is not None and number == ticket.optional_key("owner_id")
    address = address_of(ticket, "owner") if is_present else ""
    return assigned(ticket.key("id"), at, (number or "", address))


def _changed(
    ticket: Fields, about: str, word: str | None, at: datetime | None, words: ToolMap
) -> tuple[Incoming, ...]:
    if word is None:
        return (Ignored(reason="there is nothing in it for us"),)
    known = _change(ticket, about, at)
    if about == "state":
        return (records.status(known, word, STATUSES, words),)
    return (records.priority(known, word, SEVERITIES, words),)


def _change(ticket: Fields, about: str, at: datetime | None) -> Change:
    thread = ticket.key("id")
    return Change(
        thread=thread,
        key=f"{thread}:{about}:{at.isoformat() if at else 'undated'}",
        author=Author(kind=AuthorKind.BOT),
        at=at,
    )


def _try_out(_: ToolAccount) -> ToolRequest:
    return ToolRequest(method="GET", path="/api/v1/users/me")


def _who(answer: ToolAnswer) -> str:
    user = Fields(read_object(answer.body), "")
    return one_line(user.long_text("login"), records.NAME)


ZAMMAD: Final = Poll(
    list_changed=list_changed,
    read_whole=read_whole,
    read_part=read_part,
    try_out=_try_out,
    who=_who,
)
