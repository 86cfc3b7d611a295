"""What a tool tells of our own notes in it is left out, whoever the tool says wrote them."""

from collections.abc import Iterable
from typing import Final

from tickets.domain.incoming import Ignored, Incoming, IncomingMessage
from tickets.models import Source
from tickets.outbound.own_note import is_own_note

OWN_NOTE: Final = "our own note of the deadline, come back"


def without_own_notes(source: Source, records: Iterable[Incoming]) -> tuple[Incoming, ...]:
    """The records of a call, with `Ignored` in place of each message that bears our mark."""
    return tuple(_judged(source, record) for record in records)


def _judged(source: Source, record: Incoming) -> Incoming:
    if isinstance(record, IncomingMessage) and is_own_note(source.pk, record.thread, record.body):
        return Ignored(reason=OWN_NOTE)
    return record
