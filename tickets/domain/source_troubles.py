"""The port through which other parts say what is wrong with what they do for a source."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTrouble:
    """One trouble: since when (UTC), and when it is tried again, if that is known.

    `sentence` takes %(time)s and %(reason)s: a text, or one that is translated when it is shown.
    `reason` is said in English, without a full stop.
    """

    kind: str
    sentence: object
    reason: str
    at: datetime
    retry_at: datetime | None = None


Teller = Callable[[Collection[UUID], datetime], Mapping[UUID, Sequence[SourceTrouble]]]
_tellers: list[Teller] = []


def register_teller(teller: Teller) -> None:
    """Adds who knows troubles of sources; called once, when an app is ready."""
    if teller not in _tellers:
        _tellers.append(teller)


def told_troubles(sources: Collection[UUID], now: datetime) -> dict[UUID, list[SourceTrouble]]:
    """What is wrong with each of these sources, as far as anything is."""
    found: dict[UUID, list[SourceTrouble]] = {}
    for teller in _tellers if sources else ():
        for source, troubles in teller(sources, now).items():
            found.setdefault(source, []).extend(troubles)
    return found
