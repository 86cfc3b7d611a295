"""What a reading of a tool's figures is asked for."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.domain.tool_figures import FiguresRead
from tickets.domain.tool_request import ToolAnswer, ToolRequest

Reading = Generator[ToolRequest, ToolAnswer, FiguresRead]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All changes since `since`, from `cursor` on; `threads` where a tool is asked one by one."""

    since: datetime
    cursor: str
    threads: Sequence[str]
    now: datetime
