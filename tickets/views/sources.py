"""The sources as the doors know them: kept in the process for a moment, one query in hundreds."""

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tickets.models import Source

# Whoever switches a source off or drops a secret is obeyed within 5 s: this, and a slow call.
KEPT_SECONDS: Final = 3.0

_kept: dict[UUID, tuple[float, Source]] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """A source; `is_kept` says that it may be out of date."""

    source: Source
    is_kept: bool


def find_source(source_id: UUID, kind: str, *, fresh: bool = False) -> Found | None:
    """The source of this kind, from the process's memory when it was read within 3 s.

    Only sources that are switched on are remembered: one that is new or switched on again is there
    at once; one that is switched off, and a secret that was dropped, are refused within 5 s. A
    secret that was added holds at once too, for a door asks again (`fresh`) before it refuses.
    """
    if not fresh:
        kept = _kept.get(source_id)
        if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
            return Found(kept[1], is_kept=True) if kept[1].kind == kind else None
    asked_at = time.monotonic()
    source = Source.objects.filter(pk=source_id, kind=kind).first()
    if source is None:
        return None
    if source.is_active:
        _kept[source_id] = (asked_at, source)
    else:
        _kept.pop(source_id, None)
    return Found(source, is_kept=False)


def forget_sources() -> None:
    """Reads every source anew at its next call."""
    _kept.clear()
