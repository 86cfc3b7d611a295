"""Where a look at a tool stands: what it asks for, where it goes on, what it has seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.instants import format_instant, parse_instant
from tickets.inbound.polls.poll import Listed, Page, Window
from tickets.models import ToolAccess

# A tool's clock may be behind ours, and its search may know of a change only after a while.
OVERLAP: Final = timedelta(minutes=5)
# Before the access was made; what began earlier was never promised through this source.
FIRST_LOOK: Final = timedelta(hours=24)
# Who failed so often is passed over, so that one conversation never stops the others.
MOST_FAILURES: Final = 4


@dataclass(slots=True, kw_only=True)
class Progress:
    """One look that may take several rounds; instants are UTC.

    `seen` holds the version of each conversation of this look, `before` that of the last one,
    which overlaps with it. `stuck` is a conversation that failed, and how often.
    """

    since: datetime
    began_at: datetime
    cursor: str = ""
    seen: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    stuck: tuple[str, int] = ("", 0)

    def window(self, now: datetime) -> Window:
        """What is asked for next."""
        return Window(since=self.since, now=now, cursor=self.cursor)

    def knows(self, listed: Listed) -> bool:
        """Whether it was seen in this version."""
        return listed.version in {self.seen.get(listed.thread), self.before.get(listed.thread)}

    def mark(self, listed: Listed) -> None:
        """It was seen."""
        self.seen[listed.thread] = listed.version
        if self.stuck[0] == listed.thread:
            self.stuck = ("", 0)

    def turn(self, page: Page) -> None:
        """A whole page was seen."""
        self.cursor = page.cursor

    def is_stuck(self, listed: Listed) -> bool:
        """Whether it failed so often that it is passed over."""
        return self.stuck[0] == listed.thread and self.stuck[1] >= MOST_FAILURES

    def fail(self, thread: str) -> None:
        """Something went wrong while this conversation was asked for."""
        self.stuck = (thread, self.stuck[1] + 1 if self.stuck[0] == thread else 1)

    def stored(self) -> dict[str, Any]:
        """As the access keeps it."""
        return {
            "since": format_instant(self.since),
            "began_at": format_instant(self.began_at),
            "cursor": self.cursor,
            "seen": self.seen,
            "before": self.before,
            "stuck": list(self.stuck),
        }


def progress_of(access: ToolAccess, now: datetime) -> Progress:
    """The unfinished look, or a new one that begins where the last one ended."""
    kept: Mapping[str, Any] = access.progress or {}
    if kept.get("began_at"):
        return Progress(
            since=parse_instant(kept["since"]),
            began_at=parse_instant(kept["began_at"]),
            cursor=kept["cursor"],
            seen=dict(kept["seen"]),
            before=dict(kept["before"]),
            stuck=(kept["stuck"][0], kept["stuck"][1]),
        )
    since = (access.looked_until or first_look(access, now)) - OVERLAP
    return Progress(
        since=since,
        began_at=now,
        cursor=str(kept.get("keep", "")),
        before=dict(kept.get("before", {})),
    )


def first_look(access: ToolAccess, now: datetime) -> datetime:
    """How far back the first look of an access goes."""
    return access.looks_from or now - FIRST_LOOK


def at_the_end(progress: Progress, *, keep: str) -> dict[str, Any]:
    """What a finished look leaves to the next one; `keep`: a cursor that goes on for ever."""
    return {"keep": keep, "before": progress.seen}
