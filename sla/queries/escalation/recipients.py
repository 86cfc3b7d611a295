"""Who is meant by the words of a step."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.models import ContactRole, NoticeChannel, SourceRecipient
from sla.queries.duty.turns import on_duty
from sla.queries.duty.ways import Addressee, language_of, ways_of
from tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """The people and the source of a ticket."""

    assignee: int | None = None
    csm: int | None = None
    source: uuid.UUID | None = None


class Directory:
    """What the words of steps mean at one instant, for some tickets; loaded in a few queries."""

    def __init__(
        self,
        *,
        concerned: Mapping[int, Concerned],
        meant: Mapping[str, Sequence[int]],
        ways: Mapping[int, Sequence[Addressee]],
        channels: Mapping[int, Addressee],
        sources: Mapping[uuid.UUID, Sequence[Addressee]],
    ) -> None:
        self._concerned = concerned
        self._meant = meant
        self._ways = ways
        self._channels = channels
        self._sources = sources

    def people(self, words: Collection[str], ticket_id: int) -> list[int]:
        """The people whom the words mean, each once, reachable or not."""
        concerned = self._concerned.get(ticket_id, Concerned())
        found: list[int | None] = []
        for word in words:
            kind, _, name = word.partition(":")
            if kind == "assignee":
                found.append(concerned.assignee)
            elif kind == "csm":
                found.append(concerned.csm)
            elif kind == "user":
                found.append(_number(name))
            else:
                found += self._meant.get(word, ())
        return list(dict.fromkeys(pk for pk in found if pk is not None))

    def addressees(self, words: Collection[str], ticket_id: int) -> list[Addressee]:
        """Every way in which those are reached whom the words mean, each once; maybe none."""
        found = [way for pk in self.people(words, ticket_id) for way in self._ways.get(pk, ())]
        for word in words:
            kind, _, name = word.partition(":")
            if kind == "channel":
                channel = self._channels.get(_number(name) or 0)
                found += [channel] if channel else []
            elif kind == "source":
                source = self._concerned.get(ticket_id, Concerned()).source
                found += self._sources.get(source, ()) if source else ()
        return list(dict.fromkeys(found))


def load_directory(
    words: Collection[str], concerned: Mapping[int, Concerned], at: datetime
) -> Directory:
    """Looks up what some words mean at an instant, for the tickets (by id) that are concerned."""
    meant = _meant(words, at)
    people = {pk for pks in meant.values() for pk in pks}
    people |= _named(words, "user")
    for each in concerned.values():
        people |= {pk for pk in (each.assignee, each.csm) if pk is not None}
    named = _named(words, "channel")
    shared = NoticeChannel.objects.filter(pk__in=named, is_active=True) if named else ()
    return Directory(
        concerned=concerned,
        meant=meant,
        ways=ways_of(people),
        channels={
            each.pk: Addressee(
                channel_id=each.pk, user_id=each.owner_id, language=language_of(each.language)
            )
            for each in shared
        },
        sources=_sources(concerned) if "source" in words else {},
    )


def concerned_by(ticket_ids: Collection[int]) -> dict[int, Concerned]:
    """The people and the source of some tickets, in one query."""
    rows = Ticket.objects.filter(pk__in=ticket_ids).order_by()
    columns = ("pk", "assignee_id", "customer__csm_id", "source_id")
    return {
        pk: Concerned(assignee=assignee, csm=csm, source=source)
        for pk, assignee, csm, source in rows.values_list(*columns)
    }


def _meant(words: Collection[str], at: datetime) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    if "on_duty" in words:
        found["on_duty"] = [person.pk for person in on_duty(at)]
    roles = [word.partition(":")[2] for word in words if word.startswith("role:")]
    if roles:
        rows = ContactRole.objects.filter(code__in=roles, people__isnull=False)
        for code, person in rows.order_by("people").values_list("code", "people"):
            found[f"role:{code}"].append(person)
    return found


def _sources(concerned: Mapping[int, Concerned]) -> dict[uuid.UUID, list[Addressee]]:
    found: dict[uuid.UUID, list[Addressee]] = defaultdict(list)
    sources = {each.source for each in concerned.values() if each.source}
    for row in SourceRecipient.objects.filter(source__in=sources).order_by("pk"):
        found[row.source_id].append(
            Addressee(address=row.address, language=language_of(row.language))
        )
    return found


def _named(words: Collection[str], kind: str) -> set[int]:
    numbers = {_number(word.partition(":")[2]) for word in words if word.startswith(f"{kind}:")}
    return {number for number in numbers if number is not None}


def _number(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else None
