"""To whom a tool gave a ticket beside whose it is here."""

from collections.abc import Sequence

from tickets.domain.assignment import BY_TOOL, NOBODY, UNKNOWN, Word, word_of
from tickets.domain.incoming import IncomingAssignee
from tickets.domain.words import EventKind
from tickets.models import Because, Differs
from tickets.operations.apply_assignee import person_of, word_in
from tickets.operations.looks.sides import Compared, Difference, Ours, instant, late
from tickets.operations.told_before import Told, assignments_told, same_assignment


def compare_assignee(record: IncomingAssignee, ours: Ours, *, stands: bool) -> Difference | None:
    """The difference that an assignment of theirs makes; who is nobody here makes none."""
    word = word_in(ours.source, record)
    if word[0] == UNKNOWN:
        return None
    told = assignments_told(ours.told)
    missing = Difference(
        what=Differs.ASSIGNEE,
        because=_why(record, word, told),
        key=record.key,
        ours=_holder(ours),
        theirs=_theirs(record, ours),
    )
    if stands:
        # Only whose it is now is told: what counts is whom this tool named last.
        said = word_of(told[-1].details) if told else NOBODY
        if said == word:
            return None
        return _own(record, ours) if _is_given_here(ours, since=told) else missing
    fact = same_assignment(ours.told, word, record.occurred_at, by_api=True)
    return missing if fact is None else late(fact, record.occurred_at, record.key)


def compare_holder(compared: Compared, ours: Ours, records: Sequence[IncomingAssignee]) -> None:
    """Whether it is theirs now to whom the tool gave it last, and if not, why not."""
    dated = [(at, number) for number, each in enumerate(records) if (at := each.occurred_at)]
    if not dated:
        return
    last = records[max(dated)[1]]
    word = word_in(ours.source, last)
    if word[0] == UNKNOWN:
        compared.same_assignee = False
        compared.on_purpose.append(
            Difference(
                what=Differs.ASSIGNEE,
                because=Because.NOBODY_HERE,
                key=f"{word[1]} {instant(last.occurred_at)}",
                ours=_holder(ours),
                theirs=_theirs(last, ours),
            )
        )
        return
    differs = [
        each for each in (*compared.of_news, *compared.on_purpose) if each.what is Differs.ASSIGNEE
    ]
    if ours.ticket is None or differs:
        return
    compared.same_assignee = ours.ticket.assignee_id == word[1]
    if not compared.same_assignee and _is_given_here(ours, since=assignments_told(ours.told)):
        compared.on_purpose.append(_own(last, ours))


def _own(record: IncomingAssignee, ours: Ours) -> Difference:
    here, there = _holder(ours), _theirs(record, ours)
    return Difference(
        what=Differs.ASSIGNEE,
        because=Because.OWN_ASSIGNEE,
        key=f"{here} {there}",
        ours=here,
        theirs=there,
    )


def _is_given_here(ours: Ours, *, since: Sequence[Told]) -> bool:
    """Whether the desk gave it to somebody after the last that we heard of the tool."""
    if ours.ticket is None:
        return False
    given = ours.ticket.events.filter(kind=EventKind.ASSIGNED).exclude(details__by=BY_TOOL)
    return given.filter(at__gte=since[-1].at).exists() if since else given.exists()


def _why(record: IncomingAssignee, word: Word, told: Sequence[Told]) -> Because:
    """A webhook may have named somebody who was nobody here then."""
    at = record.occurred_at
    unknown = any(at is not None and fact.happened(at) and UNKNOWN in fact.details for fact in told)
    return Because.UNNAMED if unknown and word[1] is not None else Because.NEVER_CAME


def _holder(ours: Ours) -> str:
    holder = ours.ticket.assignee if ours.ticket else None
    return holder.get_username() if holder else ""


def _theirs(record: IncomingAssignee, ours: Ours) -> str:
    """Our person's user name, else their id there."""
    person = person_of(ours.source, record.names)
    who = person.get_username() if person else "".join(record.names[:1])
    return f"{who} {instant(record.occurred_at)}".strip()
