"""What a tool tells of a conversation beside what we hold of it: which parts are news, and why."""

from collections.abc import Sequence

from tickets.domain.incoming import (
    Incoming,
    IncomingAssignee,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
    UnknownPriority,
    Unreadable,
)
from tickets.domain.words import Status
from tickets.inbound.polls.poll import Conversation, Poll, read_parts
from tickets.inbound.tools.call import ToolMap
from tickets.models import Because, Differs, Source, Ticket
from tickets.operations.incoming.told_before import STATUS_KINDS, Told, same_status, told_of
from tickets.operations.looks.compare_assignee import compare_assignee, compare_holder
from tickets.operations.looks.compare_severity import compare_severity
from tickets.operations.looks.sides import Compared, Difference, Ours, instant, late
from tickets.operations.outgoing.own_notes import without_own_notes
from tickets.operations.ticket.write_message import stored_key

# They are listed, and nothing is taken in for them.
_LISTED_ALONE = frozenset({Because.NO_COUNTERPART, Because.OWN_ASSIGNEE})


def compare(*, source: Source, poll: Poll, found: Conversation, words: ToolMap) -> Compared:
    """Compares one conversation; reads only."""
    ours = _ours_of(source, found.thread)
    compared = Compared(ticket=ours.ticket)
    statuses: list[IncomingStatus] = []
    assignees: list[IncomingAssignee] = []
    for part, said in zip(found.parts, _read(poll, found, words), strict=True):
        if said is None:
            compared.unreadable.append(part)
            continue
        records = without_own_notes(source, said)
        statuses += [
            each for each in records if isinstance(each, IncomingStatus) and not each.only_confirms
        ]
        assignees += [each for each in records if isinstance(each, IncomingAssignee)]
        stands = "stands" in part
        differences = [
            each for record in records if (each := _differs(record, ours, stands=stands))
        ]
        if stands and any(_is_told_by(each, compared.of_news) for each in differences):
            continue
        is_news = [each for each in differences if each.because not in _LISTED_ALONE]
        if is_news:
            compared.news.append(part)
        compared.of_news += is_news
        compared.on_purpose += [each for each in differences if each not in is_news]
    _compare_status(compared, statuses)
    compare_holder(compared, ours, assignees)
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


def _ours_of(source: Source, thread: str) -> Ours:
    ticket = Ticket.objects.filter(source=source, thread=thread).first()
    if ticket is None:
        return Ours(source=source, ticket=None, messages={}, told=())
    rows = list(ticket.messages.exclude(key="").values_list("key", "pk", "erased_at"))
    return Ours(
        source=source,
        ticket=ticket,
        messages={key: pk for key, pk, _ in rows},
        told=told_of(ticket),
        is_erased=any(erased_at for *_, erased_at in rows),
    )


def _differs(record: Incoming, ours: Ours, *, stands: bool) -> Difference | None:
    match record:
        case IncomingMessage():
            return _message(record, ours)
        case IncomingStatus():
            return _status(record, ours, stands=stands)
        case IncomingSeverity() | UnknownPriority():
            return compare_severity(record, ours, stands=stands)
        case IncomingAssignee():
            return compare_assignee(record, ours, stands=stands)
        case _:
            return None


def _message(record: IncomingMessage, ours: Ours) -> Difference | None:
    at, key = record.occurred_at, stored_key(record)
    pk = ours.messages.get(key)
    if pk is None:
        what = Differs.MESSAGE if ours.ticket else Differs.TICKET
        return Difference(what=what, because=Because.NEVER_CAME, key=key, theirs=instant(at))
    if record.opens and record.author.email and ours.ticket and not ours.ticket.requester_id:
        return Difference(what=Differs.REQUESTER, because=Because.UNNAMED, key=key)
    facts = [fact for fact in ours.told if fact.message_id == pk and "time" in fact.details]
    return next((off for fact in facts if (off := late(fact, at, key))), None)


def _status(record: IncomingStatus, ours: Ours, *, stands: bool) -> Difference | None:
    theirs = _code(record.status, record.cause)
    missing = Difference(
        what=Differs.STATUS,
        because=Because.NEVER_CAME,
        key=record.key,
        theirs=f"{theirs} {instant(record.occurred_at)}",
    )
    if stands:
        # Only how it stands is told, not since when: what counts is what this tool said last.
        said = [fact for fact in ours.told if _code_of(fact)]
        last = _code_of(said[-1]) if said else _code(Status.OPEN, "")
        return None if last == theirs else missing
    fact = same_status(ours.told, record, by_api=True)
    if fact is None and record.only_confirms:
        return None
    return missing if fact is None else late(fact, record.occurred_at, record.key)


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
                key=f"{ours} {theirs} {instant(at)}"[:255],
                ours=ours,
                theirs=theirs,
            )
        )
