"""A thousand mails in the order in which they are sent: replies come after what they answer."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from tests.journeys.shapes import broken, files, heads, machines, repeats, replies, texts
from tests.journeys.shapes.shaped import SHAPES, Shaped
from tests.journeys.shapes.writer import Writer

MODULES = (texts, heads, files, replies, repeats, machines, broken)
# Conversations go on: what carries them comes twice as often.
_OFTEN = (
    "by_references",
    "by_in_reply_to",
    "by_the_subject",
    "by_a_colleague",
    "answer_of_an_agent",
)
BEGINS_AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def conversation(
    seed: int,
    count: int = 1000,
    *,
    begins_at: datetime = BEGINS_AT,
) -> list[Shaped]:
    """`count` mails; the same ones for the same arguments. Every shape has its turn."""
    chance = Random(seed)
    writer = Writer(chance, begins_at)
    names = _turns(chance)
    waiting: deque[str] = deque()
    while len(writer.written) < count:
        # What could not be written yet comes first.
        for _ in range(len(waiting)):
            name = waiting.popleft()
            if not _write(writer, name):
                waiting.append(name)
        name = next(names)
        if not _write(writer, name):
            waiting.append(name)
    return writer.written[:count]


def _turns(chance: Random) -> Iterator[str]:
    while True:
        names = [*sorted(SHAPES), *_OFTEN]
        chance.shuffle(names)
        yield from names


def _write(writer: Writer, name: str) -> bool:
    writer.place = len(writer.written)
    mail = SHAPES[name](writer)
    if mail is not None:
        writer.written.append(replace(mail, shape=name))
    return mail is not None
