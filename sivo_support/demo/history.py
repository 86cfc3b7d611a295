"""Weeks of work in a few seconds: stories told side by side, in the order of their instants."""

import heapq
from collections.abc import Callable, Generator
from datetime import datetime, timedelta

from django.db import transaction

from sla.models import Clock
from sla.operations.clocks.read_clocks import read_clocks
from tickets.operations.ticket.log import lock_ticket

# A story says when it goes on, and goes on when that instant comes.
Story = Generator[datetime, None, None]
# What the sweep of a running service needs to notice something.
_NOTICED_AFTER = timedelta(seconds=1.3)


class History:
    """Tells stories up to `now`; whatever a story has in mind for later does not happen.

    `tick` hears the instant that was reached.
    """

    def __init__(self, *, now: datetime, tick: Callable[[datetime], None]) -> None:
        self._now = now
        self._tick = tick
        self._queue: list[tuple[datetime, int, Story]] = []
        self._count = 0

    def add(self, story: Story) -> None:
        """A story starts at the first instant that it names."""
        self._go_on(story)

    def tell(self) -> None:
        """Tells all stories to their end or to `now`."""
        while self._queue:
            at, _, story = heapq.heappop(self._queue)
            self._watch(at)
            self._go_on(story)
            self._tick(at)
        self._watch(self._now)

    def _go_on(self, story: Story) -> None:
        at = next(story, None)
        if at is not None and at <= self._now:
            self._count += 1  # so that stories are never compared
            heapq.heappush(self._queue, (at, self._count, story))

    def _watch(self, until: datetime) -> None:
        """Reads what became due in between, each clock at its own instant, as a sweep would."""
        while True:
            due = (
                Clock.objects.filter(next_check_at__lte=until - _NOTICED_AFTER)
                .order_by("next_check_at")
                .values_list("ticket_id", "next_check_at")
                .first()
            )
            if due is None or due[1] is None:
                return
            with transaction.atomic():
                read_clocks(ticket=lock_ticket(due[0]), now=due[1] + _NOTICED_AFTER)
