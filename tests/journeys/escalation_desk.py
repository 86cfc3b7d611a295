"""Tickets with many escalation steps that come and are answered by HTTP; what must have fired."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User

from sla.models import Acknowledgement, ChannelKind, NoticeChannel
from tests.journeys.callers import Call, Callers
from tests.sla.escalation_watch import policy
from tests.tickets.hooks import created, said
from tests.tickets.smtp_sink import text_of
from tickets.domain.words import EventKind
from tickets.models import Source, TicketEvent
from tickets.queries import database_now

# An Enterprise S1: half an hour, day and night.
ALLOWANCE, REPEATS = timedelta(minutes=30), 5
REPEATED_EVERY = timedelta(minutes=1)
SECRET = "whsec_c2l2by1zdXBwb3J0LWV4YW1wbGUtc2VjcmV0LTMyYg=="
DUE = "urgent/due"
# 200: used, or just looked at. 404: not ours. 410: nothing runs any more.
_CLICKED = frozenset({200, 410})
_LINK = re.compile(r"http://\S+/notices/\S+/")
Step = tuple[str, str, int, datetime]


def steps_of(name: str, opened_at: datetime, number: int) -> list[Step]:
    """Every step that a ticket comes to unless somebody cares for it."""
    due_at = opened_at + ALLOWANCE
    shares = [
        (name, f"urgent/step-{n}", 0, opened_at + ALLOWANCE * n / number) for n in range(number)
    ]
    return shares + [(name, DUE, n, due_at + n * REPEATED_EVERY) for n in range(REPEATS + 1)]


def told_by(code: str, people: Sequence[User]) -> set[int]:
    """Whom a step tells: one after the other, and all of them when it is due."""
    number = code.removeprefix("urgent/step-")
    if code == DUE:
        return {each.pk for each in people}
    return {people[int(number) % len(people)].pk}


def many_steps(people: Sequence[User], hook_url: str, number: int) -> NoticeChannel:
    """The policy of those steps; a webhook is told of each of them."""
    channel = NoticeChannel.objects.create(
        name="Pager", kind=ChannelKind.WEBHOOK, url=hook_url, secret=SECRET, language="en"
    )

    def tell(code: str) -> dict[str, Any]:
        words = [f"user:{pk}" for pk in sorted(told_by(f"urgent/{code}", people))]
        return {"code": code, "recipients": [*words, f"channel:{channel.pk}"]}

    shares = [
        {**tell(f"step-{n}"), "kind": "fraction", "fraction": Decimal(n) / number}
        for n in range(number)
    ]
    due = {
        **tell("due"),
        "kind": "after_due",
        "repeat_every_us": REPEATED_EVERY // timedelta(microseconds=1),
        "repeat_at_most": REPEATS,
    }
    policy(people[0], steps=[*shares, due])
    return channel


@dataclass
class Desk:
    """The tickets of the story: when each was opened, and answered."""

    chance: random.Random
    source: Source
    callers: Callers
    steps: int
    opened: dict[str, datetime] = field(default_factory=dict)
    answered: dict[str, datetime] = field(default_factory=dict)
    clicked: set[str] = field(default_factory=set)

    def open(self, number: int) -> None:
        """Each was opened up to 36 minutes ago: its steps are passed, or come soon."""
        now = database_now()
        for _ in range(number):
            name = f"T-{len(self.opened)}"
            at = now - timedelta(seconds=self.chance.uniform(1, 36 * 60))
            self.opened[name] = at = at.replace(microsecond=0)
            self._deliver(created(name, at), f"{name}-created")

    def answer(self, number: int) -> None:
        """Some that the agents can see, just now and without a look at their steps."""
        facts = TicketEvent.objects.filter(ticket__source=self.source, kind=EventKind.OPENED)
        seen = set(facts.values_list("ticket__thread", flat=True)) - set(self.answered)
        for name in self.chance.sample(sorted(seen), min(number, len(seen))):
            self.answered[name] = now = database_now()
            self._deliver(said(name, now, f"{name}-a", "agent"), f"{name}-answered")

    def click(self, mails: Sequence[Message]) -> None:
        """Somebody uses the link of one of the notices that came last, twice at once."""
        for mail in self.chance.sample(list(mails[-10:]), min(1, len(mails))):
            link = _LINK.search(text_of(mail))
            assert link, "each notice has its link"
            self.clicked.add(link.group())
            for _ in range(2):
                self.callers.call(Call(urlsplit(link.group()).path, ends=_CLICKED))

    def _deliver(self, body: bytes, external_id: str) -> None:
        self.callers.deliver(f"/hooks/standard/{self.source.pk}/", body, external_id)

    def due_until(self, until: datetime) -> set[Step]:
        """What must have fired: plain arithmetic, since the clocks run day and night."""
        clicks = acknowledged()
        return {
            step
            for name, at in self.opened.items()
            for step in steps_of(name, at, self.steps)
            if step[3] <= min(until, self.answered.get(name, until))
            and not _is_stopped(step, at + ALLOWANCE, clicks.get(name, []))
        }


def acknowledged() -> dict[str, list[datetime]]:
    """When each ticket was acknowledged."""
    found: dict[str, list[datetime]] = {}
    rows = Acknowledgement.objects.filter(clock__metric="first_response")
    for name, at in rows.values_list("clock__ticket__thread", "at"):
        found.setdefault(name, []).append(at)
    return found


def _is_stopped(step: Step, due_at: datetime, clicks: Sequence[datetime]) -> bool:
    """A repeat after somebody said, since it was due, that they are on it."""
    return step[2] > 0 and any(due_at <= at <= step[3] for at in clicks)
