"""What a reading changes, written at once: rows, their ledger, and the steps that have passed."""

from collections.abc import Sequence
from datetime import datetime

from sla.domain.hooks.limits import Subscriber
from sla.models import Clock, ClockEntry
from sla.operations.escalation.escalate import Passed, escalate
from sla.operations.hooks.announce import News, announce
from sla.operations.tools.show_in_tools import Seen, queue_updates

_COLUMNS = (
    "agreement_id",
    "plan_code",
    "severity",
    "terms_version",
    "clause",
    "calendar_version_id",
    "allowance_us",
    "state",
    "started_at",
    "due_at",
    "at_risk_at",
    "stopped_at",
    "ended_at",
    "breached_at",
    "met",
    "elapsed_us",
    "cause",
    "pins",
    "read_at",
    "next_check_at",
    "void",
    "policies_read",
)


class Writes:
    """What a reading changes; written at once, for one ticket or for many."""

    def __init__(
        self,
        *,
        now: datetime | None = None,
        subscribers: Sequence[Subscriber] = (),
        news: Sequence[News] = (),
    ) -> None:
        """`news`: what the log itself tells programs, beside what the ledger does."""
        self._now, self._subscribers, self._news = now, subscribers, news
        self.new: list[Clock] = []
        self.changed: list[Clock] = []
        self.entries: list[ClockEntry] = []
        self.passed: list[Passed] = []
        self.seen: list[Seen] = []

    def add(self, other: "Writes") -> None:
        """Takes over what another reading changes."""
        self.new += other.new
        self.changed += other.changed
        self.entries += other.entries
        self.passed += other.passed
        self.seen += other.seen

    def save(self) -> None:
        """Writes rows first, then their ledger, then what they set off: steps, tools, programs."""
        Clock.objects.bulk_create(self.new)
        # An upsert by id: bulk_update's CASE expressions cost ten times as much.
        Clock.objects.bulk_create(
            self.changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[column.removesuffix("_id") for column in _COLUMNS],
        )
        ClockEntry.objects.bulk_create(self.entries)
        if self.passed:
            escalate(self.passed)
        queue_updates(self.seen)
        if self._subscribers and self._now is not None:
            announce(
                self._subscribers,
                entries=self.entries,
                news=self._news,
                clocks=[*self.new, *self.changed],
                now=self._now,
            )
