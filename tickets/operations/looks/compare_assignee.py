"""To whom a tool gave a ticket beside whose it is here."""

from collections.abc import Sequence
from datetime import datetime

from tickets.domain.assignment import NOBODY, UNKNOWN, Word, word_of
from tickets.domain.incoming import IncomingAssignee
from tickets.domain.words import EventKind
from tickets.models import Because, Differs
from tickets.operations.incoming.apply_assignee import person_of, word_in
from tickets.operations.incoming.told_before import Told, assignments_told, same_assignment
from tickets.operations.looks.sides import Compared, Difference, Ours, instant, late


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
        heard = told[-1].at if told else None
        return _own(record, ours, heard) if _is_given_here(ours, heard) else missing
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
    differs = {each.because for each in compared.of_news if each.what is Differs.ASSIGNEE}
    is_listed = any(each.because is Because.OWN_ASSIGNEE for each in compared.on_purpose)
    if ours.ticket is None or is_listed:
        return
    is_same = ours.ticket.assignee_id == word[1]
    told = assignments_told(ours.told)
    heard = told[-1].at if told and not differs else last.occurred_at
    if not is_same and _is_given_here(ours, heard):
        compared.on_purpose.append(_own(last, ours, heard))
    if not differs:
        compared.same_assignee = is_same


def _own(record: IncomingAssignee, ours: Ours, heard: datetime | None) -> Difference:
    here = _holder(ours)
    return Difference(
        what=Differs.ASSIGNEE,
        because=Because.OWN_ASSIGNEE,
        # Not by when it stood so there: of some tools that is not sure.
        key=f"{here} {instant(heard)} {_who(record, ours)}",
        ours=here,
        theirs=_theirs(record, ours),
    )


def _is_given_here(ours: Ours, since: datetime | None) -> bool:
    """Whether the desk gave it to somebody after that."""
    if ours.ticket is None:
        return False
    given = ours.ticket.events.filter(kind=EventKind.ASSIGNED, delivery=None)
    return given.filter(at__gte=since).exists() if since else given.exists()


def _why(record: IncomingAssignee, word: Word, told: Sequence[Told]) -> Because:
    """A webhook may have named somebody who was nobody here then."""
    at = record.occurred_at
    unknown = any(at is not None and fact.happened(at) and UNKNOWN in fact.details for fact in told)
    return Because.UNNAMED if unknown and word[1] is not None else Because.NEVER_CAME


def _holder(ours: Ours) -> str:
    holder = ours.ticket.assignee if ours.ticket else None
    return holder.get_username() if holder else ""


def _theirs(record: IncomingAssignee, ours: Ours) -> str:
    return f"{_who(record, ours)} {instant(record.occurred_at)}".strip()


def _who(record: IncomingAssignee, ours: Ours) -> str:
    """Our person's user name, else their id there."""
    person = person_of(ours.source, record.names)
    return person.get_username() if person else "".join(record.names[:1])
