"""What a reading of a tool's figures is asked for."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tickets.domain.tool_figures import FiguresRead
from tickets.domain.tool_request import ToolAnswer, ToolRequest

Reading = Generator[ToolRequest, ToolAnswer, FiguresRead]

_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def is_plausible(at: datetime) -> bool:
    """Whether a ticket can have this instant: no page can show the ends of time."""
    return _EARLIEST <= at < _LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All changes since `since`, from `cursor` on; `threads` where a tool is asked one by one."""

    since: datetime
    cursor: str
    threads: Sequence[str]
    now: datetime
