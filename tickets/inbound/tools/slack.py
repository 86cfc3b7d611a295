"""Slack: the messages of channels that we share with customers; a thread is a ticket."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming, Unreadable
from tickets.domain.plain_word import plain_word
from tickets.domain.words import AuthorKind, Channel, Severity, Status
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.signing import header, signed_instant
from tickets.inbound.tools import records
from tickets.inbound.tools.call import Handshake, ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import TOLERANCE, check_hmac, hex_signature, id_in_body
from tickets.inbound.tools.records import Change
from tickets.inbound.tools.slack_text import slack_to_text

# A channel has neither: a source may give a meaning to the reactions of our own people.
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})

_WRITTEN: Final = frozenset({"", "file_share", "thread_broadcast", "me_message", "bot_message"})
_STAMP: Final = re.compile(r"[0-9]{1,11}\.[0-9]{6}")
_MOST_CHALLENGE: Final = 1000
_MOST_SUBJECT: Final = 100
_UNUSED: Final = {
    "url_verification": "a question whether the address is right",
    "app_rate_limited": (
        "Slack held events back because there were too many: look into the channels for messages "
        "that are missing here"
    ),
}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA256 in hex over version, timestamp and body. Raises BadSignature."""
    seconds = header(call.headers, "x-slack-request-timestamp")
    signed_at = signed_instant(seconds, now=now, tolerance=TOLERANCE)
    given = hex_signature(call, "x-slack-signature", "v0=")
    check_hmac(given, f"v0:{seconds}:".encode() + call.body, secrets, "sha256")
    return Verified(
        delivery_id=id_in_body(call, lambda told: told.get("event_id")), signed_at=signed_at
    )


def handshake(call: ToolCall) -> Handshake | None:
    """The challenge that Slack wants back when the address is entered."""
    try:
        told = read_object(call.body)
    except Unreadable:
        return None
    challenge = told.get("challenge")
    if told.get("type") != "url_verification" or not isinstance(challenge, str):
        return None
    return Handshake(body=challenge[:_MOST_CHALLENGE].encode("utf-8", "replace"))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "")
    kind = told.text("type")
    if kind != "event_callback":
        return records.unused(kind, _UNUSED)
    event = told.fields("event")
    name = event.text("type")
    if name == "message":
        return _message(told, event, words)
    if name == "reaction_added":
        return _reaction(event, words)
    return records.unused(name, _UNUSED)


def _message(told: Fields, event: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    subtype = event.optional_text("subtype") or ""
    if subtype not in _WRITTEN:
        return (Ignored(reason=f"messages of the kind {subtype!r:.80} are not used here"),)
    user, bot = event.optional_key("user"), event.optional_key("bot_id")
    listed = records.is_listed(words.bots, user, bot, event.optional_key("app_id"))
    if listed or user in _own_users(told):
        return (Ignored(reason=records.MACHINE),)
    author = _author(event, words, is_bot=bot is not None or subtype == "bot_message")
    channel, stamp = event.key("channel"), _stamp(event, "ts")
    root = _stamp(event, "thread_ts") if event.optional_text("thread_ts") else stamp
    if root == stamp and author.kind is not AuthorKind.CUSTOMER:
        # It asks for nothing; an answer beside its thread cannot be told from an announcement.
        return (Ignored(reason="a message of ours outside a thread: answer in the thread"),)
    files = records.file_names(event.records("files"), "name", "title")
    text = records.from_plain(slack_to_text(event.long_text("text")), files)
    first_line = text.plain.strip().partition("\n")[0]
    return (
        records.message(
            change=Change(
                thread=f"{channel}:{root}",
                key=f"{channel}:{stamp}",
                author=author,
                at=_instant(stamp),
            ),
            text=text,
            subject=one_line(first_line, _MOST_SUBJECT) if root == stamp else "",
            channel=Channel.CHAT,
            public=True,
            opens=root == stamp,
        ),
    )


def _own_users(told: Fields) -> set[str]:
    """Ourselves: the bot users that the app acts as."""
    return {
        user
        for each in told.records("authorizations")
        if each.optional_flag("is_bot") and (user := each.optional_key("user_id"))
    }


def _author(event: Fields, words: ToolMap, *, is_bot: bool) -> Author:
    user, profile = event.optional_key("user"), event.optional_fields("user_profile")
    email = profile.address("email") if profile else ""
    if is_bot:
        kind = AuthorKind.BOT
    elif records.is_listed(words.agents, user, email, _team(event)):
        kind = AuthorKind.AGENT
    else:
        kind = AuthorKind.CUSTOMER
    names = [profile.long_text(key) for key in ("real_name", "display_name")] if profile else []
    names += [event.long_text("username"), user or ""]
    name = next((name for name in names if name.strip()), "")
    return Author(kind=kind, email=email, name=one_line(name, records.NAME))


def _team(event: Fields) -> str | None:
    """The team of whoever wrote: who is of a listed one is of ours, in a shared channel too."""
    return event.optional_key("user_team") or event.optional_key("team")


def _reaction(event: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    name = event.text("reaction")
    # A skin tone makes no other sign.
    sign = plain_word(name.partition("::")[0])
    if sign not in words.statuses and sign not in words.severities:
        return (Ignored(reason=f"the reaction {name!r:.80} has no meaning here"),)
    if not records.is_listed(words.agents, event.optional_key("user"), _team(event)):
        return (Ignored(reason="a reaction of somebody who is not on the list of our people"),)
    item = event.fields("item")
    if item.optional_text("type") != "message":
        return (Ignored(reason="a reaction to something that is no message"),)
    channel, stamp, given = item.key("channel"), _stamp(item, "ts"), _stamp(event, "event_ts")
    change = Change(
        thread=f"{channel}:{stamp}",
        # No sign has more than a hundred letters there.
        key=f"{channel[:50]}:{stamp}:{sign[:100]}:{given}",
        author=Author(kind=AuthorKind.AGENT),
        at=_instant(given),
    )
    if sign in words.statuses:
        return (records.status(change, sign, STATUSES, words),)
    return (records.priority(change, sign, SEVERITIES, words),)


def _stamp(place: Fields, key: str) -> str:
    """A timestamp as Slack writes it, which is also the id of a message in its channel."""
    stamp = place.text(key)
    if not _STAMP.fullmatch(stamp):
        raise place.error(key, "a timestamp of Slack such as 1795252529.000100")
    return stamp


def _instant(stamp: str) -> datetime:
    seconds, _, microseconds = stamp.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(microseconds))
