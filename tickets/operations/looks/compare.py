"""What a tool tells of a conversation beside what we hold of it: which parts are news, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tickets.domain.incoming import (
    Incoming,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
    UnknownPriority,
    Unreadable,
)
from tickets.domain.instants import format_instant, parse_instant
from tickets.domain.plain_word import plain_word
from tickets.domain.words import AuthorKind, Severity, Status
from tickets.inbound.polls.poll import Conversation, Poll, read_parts
from tickets.inbound.tools.call import ToolMap
from tickets.models import Because, Differs, Source, Ticket
from tickets.operations.own_notes import without_own_notes
from tickets.operations.told_before import (
    FINE,
    STATUS_KINDS,
    Told,
    same_severity,
    same_status,
    told_of,
)
from tickets.operations.write_message import stored_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing in which both sides differ; `ours` and `theirs` hold codes and instants."""

    what: Differs
    because: Because
    key: str
    ours: str = ""
    theirs: str = ""


@dataclass(slots=True, kw_only=True)
class Compared:
    """The parts that are news, those that nobody can read, and every difference.

    `same_status`: both sides say the same now; None when that is not known.
    """

    ticket: Ticket | None
    news: list[Mapping[str, Any]] = field(default_factory=list)
    unreadable: list[Mapping[str, Any]] = field(default_factory=list)
    of_news: list[Difference] = field(default_factory=list)
    on_purpose: list[Difference] = field(default_factory=list)
    same_status: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ours:
    """What we hold of the conversation."""

    source: Source
    ticket: Ticket | None
    messages: Mapping[str, int]
    told: Sequence[Told]
    is_erased: bool = False


def compare(*, source: Source, poll: Poll, found: Conversation, words: ToolMap) -> Compared:
    """Compares one conversation; reads only."""
    ours = _ours_of(source, found.thread)
    compared = Compared(ticket=ours.ticket)
    statuses: list[IncomingStatus] = []
    for part, said in zip(found.parts, _read(poll, found, words), strict=True):
        if said is None:
            compared.unreadable.append(part)
            continue
        records = without_own_notes(source, said)
        statuses += [
            each for each in records if isinstance(each, IncomingStatus) and not each.only_confirms
        ]
        stands = "stands" in part
        differences = [
            each for record in records if (each := _differs(record, ours, stands=stands))
        ]
        if stands and any(_is_told_by(each, compared.of_news) for each in differences):
            continue
        is_news = [each for each in differences if each.because is not Because.NO_COUNTERPART]
        if is_news:
            compared.news.append(part)
        compared.of_news += is_news
        compared.on_purpose += [each for each in differences if each not in is_news]
    _compare_status(compared, statuses)
    return compared


def _read(poll: Poll, found: Conversation, words: ToolMap) -> list[tuple[Incoming, ...] | None]:
    """What each part says; None of one that cannot be read."""
    try:
        return list(read_parts(poll, found.body(found.parts), words))
    except Unreadable:
        return [_read_one(poll, found.body((part,)), words) for part in found.parts]


def _read_one(poll: Poll, body: bytes, words: ToolMap) -> tuple[Incoming, ...] | None:
    try:
        (records,) = read_parts(poll, body, words)
    except Unreadable:
        return None
    return records


def _ours_of(source: Source, thread: str) -> _Ours:
    ticket = Ticket.objects.filter(source=source, thread=thread).first()
    if ticket is None:
        return _Ours(source=source, ticket=None, messages={}, told=())
    rows = list(ticket.messages.exclude(key="").values_list("key", "pk", "erased_at"))
    return _Ours(
        source=source,
        ticket=ticket,
        messages={key: pk for key, pk, _ in rows},
        told=told_of(ticket),
        is_erased=any(erased_at for *_, erased_at in rows),
    )


def _differs(record: Incoming, ours: _Ours, *, stands: bool) -> Difference | None:
    match record:
        case IncomingMessage():
            return _message(record, ours)
        case IncomingStatus():
            return _status(record, ours, stands=stands)
        case IncomingSeverity() | UnknownPriority():
            return _priority(record, ours)
        case _:
            return None


def _message(record: IncomingMessage, ours: _Ours) -> Difference | None:
    at, key = record.occurred_at, stored_key(record)
    pk = ours.messages.get(key)
    if pk is None:
        what = Differs.MESSAGE if ours.ticket else Differs.TICKET
        return Difference(what=what, because=Because.NEVER_CAME, key=key, theirs=_instant(at))
    if record.opens and record.author.email and ours.ticket and not ours.ticket.requester_id:
        return Difference(what=Differs.REQUESTER, because=Because.UNNAMED, key=key)
    facts = [fact for fact in ours.told if fact.message_id == pk and "time" in fact.details]
    return next((late for fact in facts if (late := _late(fact, at, key))), None)


def _late(fact: Told, at: datetime | None, key: str) -> Difference | None:
    if at is None or not fact.is_off(at):
        return None
    return Difference(
        what=Differs.TIME,
        because=Because.CAME_LATE,
        key=f"{key}:{fact.pk}",
        ours=_instant(fact.at),
        theirs=_instant(at),
    )


def _status(record: IncomingStatus, ours: _Ours, *, stands: bool) -> Difference | None:
    theirs = _code(record.status, record.cause)
    missing = Difference(
        what=Differs.STATUS,
        because=Because.NEVER_CAME,
        key=record.key,
        theirs=f"{theirs} {_instant(record.occurred_at)}",
    )
    if stands:
        # Only how it stands is told, not since when: what counts is what this tool said last.
        said = [fact for fact in ours.told if _code_of(fact)]
        last = _code_of(said[-1]) if said else _code(Status.OPEN, "")
        return None if last == theirs else missing
    fact = same_status(ours.told, record, by_api=True)
    if fact is None and record.only_confirms:
        return None
    return missing if fact is None else _late(fact, record.occurred_at, record.key)


def _is_told_by(difference: Difference, news: Sequence[Difference]) -> bool:
    """Whether how it stands follows from a change that is news as well."""
    code = difference.theirs.partition(" ")[0]
    return difference.what is Differs.STATUS and any(
        each.what is Differs.STATUS and each.theirs.partition(" ")[0] == code for each in news
    )


def _code(status: str, cause: str) -> str:
    return f"{status}:{cause}" if cause else str(status)


def _code_of(fact: Told) -> str:
    for status, kinds in STATUS_KINDS.items():
        if fact.kind in kinds and fact.details.get("by") != "message":
            cause = fact.details.get("cause", "") if status == Status.WAITING else ""
            return _code(status, str(cause))
    return ""


def _priority(record: IncomingSeverity | UnknownPriority, ours: _Ours) -> Difference | None:
    mapped = ours.source.severity_of(plain_word(record.word))
    severity = mapped or (
        Severity(record.severity) if isinstance(record, IncomingSeverity) else None
    )
    by_agent = record.author.kind is AuthorKind.AGENT
    theirs = f"{record.word} {_instant(record.occurred_at)}"
    missing = Difference(
        what=Differs.PRIORITY, because=Because.NEVER_CAME, key=record.key, theirs=theirs
    )
    if severity is not None and (by_agent or (mapped and ours.source.priority_binding)):
        fact = same_severity(ours.told, severity, record.occurred_at, by_api=True)
        return missing if fact is None else _late(fact, record.occurred_at, record.key)
    # What was erased of a person is not asked for again.
    if ours.ticket is None or (not ours.is_erased and _is_newer_word(record, ours.ticket)):
        return missing
    if severity is None:
        return Difference(
            what=Differs.PRIORITY,
            because=Because.NO_COUNTERPART,
            key=record.word,
            ours=str(ours.ticket.severity),
            theirs=record.word,
        )
    return None


def _is_newer_word(record: IncomingSeverity | UnknownPriority, ticket: Ticket) -> bool:
    who = "customer" if record.author.kind is AuthorKind.CUSTOMER else "helpdesk"
    known = ticket.stated_priorities.get(who)
    if not known:
        return True
    if known["word"] == record.word or record.occurred_at is None:
        return False
    return record.occurred_at - parse_instant(known["at"]) > FINE


def _compare_status(compared: Compared, statuses: Sequence[IncomingStatus]) -> None:
    """Whether both sides stand the same: what was set here by hand may differ on purpose."""
    ticket = compared.ticket
    missing = any(each.what is Differs.STATUS for each in compared.of_news)
    dated = [(at, number) for number, each in enumerate(statuses) if (at := each.occurred_at)]
    if ticket is None or not dated or ticket.status == Status.SPAM:
        return
    at, number = max(dated)
    last = statuses[number]
    ours, theirs = _code(ticket.status, ticket.wait_cause), _code(last.status, last.cause)
    compared.same_status = ours == theirs
    if missing:
        return
    by_hand = ticket.events.filter(
        kind__in=[kind for kinds in STATUS_KINDS.values() for kind in kinds],
        delivery__isnull=True,
        at__gte=at,
    )
    if ours != theirs and by_hand.exists():
        compared.on_purpose.append(
            Difference(
                what=Differs.STATUS,
                because=Because.OWN_STATUS,
                key=f"{ours} {theirs} {_instant(at)}"[:255],
                ours=ours,
                theirs=theirs,
            )
        )


def _instant(at: datetime | None) -> str:
    return format_instant(at) if at else ""
