"""Each escalation fires exactly once and somebody hears of it, whatever is killed meanwhile."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.db.models import Count

from sla.models import Clock, Escalation, Heartbeat, Notice, NoticeState
from sla.notifiers.mail import message_id_of
from sla.operations.audit_escalations import AuditedSteps, audit_all
from sla.operations.watchdog import watch
from tests.journeys.processes import House, house, wait_until
from tests.sla.escalation_watch import policy
from tests.sla.world import customer, person
from tests.tickets.hooks import arrive, created, helpdesk, said
from tests.tickets.smtp_sink import Sink
from tickets.models import Source, Ticket
from tickets.queries import database_now

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("terms"),
]

CHAOS = os.environ.get("SIVO_CHAOS") == "1"
SEED = int(os.environ.get("SIVO_ESCALATION_SEED", "2026"))
TICKETS, SECONDS = (150, 240.0) if CHAOS else (40, 25.0)
SETTLE_SECONDS = 120.0
PARTS = ("redis", "worker", "worker-2", "beat", "beat-2")
# An Enterprise S1: half an hour, and a step every 22.5 seconds of it.
ALLOWANCE, STEPS, REPEATS = timedelta(minutes=30), 80, 5
# A sweep may have begun before an answer that it does not see.
IN_FLIGHT = timedelta(seconds=8)
Step = tuple[str, str, int, datetime]


@pytest.fixture
def running(tmp_path: Path, smtp: Sink, settings: Any, transactional_db: None) -> Iterator[House]:
    """Two beats and four worker processes that send to a real mail server."""
    env = {"EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}"}
    with house(tmp_path, parts=PARTS, more_env=env) as made:
        made.start()
        try:
            wait_until(lambda: _last_sweep() is not None, 60, "the first sweep has run")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{made.logs()}") from error
        yield made


@dataclass
class Desk:
    """The tickets of the story: when each was opened, and answered."""

    chance: random.Random
    source: Source
    opened: dict[str, datetime] = field(default_factory=dict)
    answered: dict[str, datetime] = field(default_factory=dict)

    def open_one(self) -> None:
        """One that was opened up to 36 minutes ago: its steps are passed, or come soon."""
        name, now = f"T-{len(self.opened)}", database_now()
        at = now - timedelta(seconds=self.chance.uniform(1, 36 * 60))
        at = at.replace(microsecond=0)
        arrive(self.source, created(name, at), now)
        self.opened[name] = at

    def answer_one(self) -> None:
        """One that has no step just now."""
        now = database_now()
        left = sorted(set(self.opened) - set(self.answered))
        for name in self.chance.sample(left, len(left)):
            instants = [at for *_, at in steps(name, self.opened[name])]
            if not any(now - timedelta(seconds=1) < at < now + IN_FLIGHT for at in instants):
                arrive(self.source, said(name, now, f"{name}-a", "agent"), now)
                self.answered[name] = now
                return

    def due_until(self, until: datetime) -> set[Step]:
        """What must have fired: plain arithmetic, since the clocks run day and night."""
        return {
            step
            for name, at in self.opened.items()
            for step in steps(name, at)
            if step[3] <= min(until, self.answered.get(name, until))
        }


def steps(name: str, opened_at: datetime) -> list[Step]:
    """Every step that a ticket comes to unless it is answered."""
    due_at = opened_at + ALLOWANCE
    shares = [
        (name, f"urgent/step-{n}", 0, opened_at + ALLOWANCE * n / STEPS) for n in range(STEPS)
    ]
    repeats = [
        (name, "urgent/due", n, due_at + n * timedelta(minutes=1)) for n in range(REPEATS + 1)
    ]
    return shares + repeats


def many_steps(people: list[User]) -> None:
    """The policy of those steps; each tells another one of the people than the one before."""
    shares = [
        {
            "code": f"step-{n}",
            "kind": "fraction",
            "fraction": Decimal(n) / STEPS,
            "recipients": [f"user:{people[n % len(people)].pk}"],
        }
        for n in range(STEPS)
    ]
    due = {
        "code": "due",
        "kind": "after_due",
        "repeat_every_us": 60_000_000,
        "repeat_at_most": REPEATS,
        "recipients": [f"user:{each.pk}" for each in people],
    }
    policy(people[0], steps=[*shares, due])


def test_each_escalation_fires_once_and_is_told_whatever_is_killed(
    running: House, smtp: Sink
) -> None:
    chance = random.Random(SEED)
    customer("enterprise")
    person("Alice")
    many_steps([person(f"Olga{n}", "operators") for n in range(6)])
    desk = Desk(chance, helpdesk(stop_tolerance_seconds=900))
    for _ticket in range(TICKETS // 2):
        desk.open_one()
    done = _havoc(running, desk, chance)
    until = database_now()
    try:
        took = wait_until(
            lambda: not running.mend() and not _left(until), SETTLE_SECONDS, "all fired and sent"
        )
    except AssertionError as error:
        raise AssertionError(f"{error}: {_left(until)}\n{running.logs()}") from error
    print(f"seed {SEED}: {done}; settled after {took:.1f} s")
    _check_each_fired_once(desk, until)
    _check_each_was_told(smtp)
    problems = audit_all(AuditedSteps(), now=database_now())
    assert [each for each in problems if not each.explanation] == []
    assert watch(now=database_now()).troubles == ()


def _havoc(running: House, desk: Desk, chance: random.Random) -> Counter[str]:
    """Something is killed every second or two, while tickets come in and are answered."""
    part = running.processes
    kills: dict[str, Callable[[], None]] = {
        "a worker child": lambda: part["worker"].kill_a_child(chance.choice),
        "a child of the other": lambda: part["worker-2"].kill_a_child(chance.choice),
        "a worker": part["worker"].kill,
        "a beat": part[chance.choice(["beat", "beat-2"])].kill,
        "redis": part["redis"].kill,
        "all that redis holds": lambda: _flush(running),
        "a worker frozen": lambda: _freeze(running, 4),
    }
    plan = [*chance.sample(list(kills), len(kills)), *chance.choices(list(kills), k=200)]
    done: Counter[str] = Counter()
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        for _ticket in range(min(5, TICKETS - len(desk.opened))):
            desk.open_one()
        if chance.random() < 0.5:
            desk.answer_one()
        what = plan[done.total()]
        kills[what]()
        done[what] += 1
        time.sleep(chance.uniform(1.0, 2.5))
        running.mend()
    assert set(done) == set(kills), done
    return done


def _freeze(running: House, seconds: float) -> None:
    """As a machine that is suspended: it holds its locks, and believes it is still then."""
    worker = running.processes["worker-2"]
    worker.signal_all(signal.SIGSTOP)
    time.sleep(seconds)
    worker.signal_all(signal.SIGCONT)


def _flush(running: House) -> None:
    try:
        with redis.Redis(unix_socket_path=os.fspath(running.redis_socket)) as client:
            client.flushall()
    except redis.RedisError:
        """It is just starting."""


def _left(until: datetime) -> dict[str, object]:
    """What is not done yet; empty when all is."""
    last = _last_sweep()
    clocks = Clock.objects.filter(next_check_at__lte=until).count()
    notices = Notice.objects.filter(state=NoticeState.WAITING, created_at__lte=until)
    found = {
        "sweep": None if last and last > until + timedelta(seconds=4) else str(last),
        "clocks": clocks,
        "notices": list(notices.values_list("kind", "attempts", "last_error")[:5]),
    }
    return {what: left for what, left in found.items() if left}


def _check_each_fired_once(desk: Desk, until: datetime) -> None:
    rows = Escalation.objects.filter(due_at__lte=until).select_related("clock__ticket")
    fired = [(row.clock.ticket.thread, row.step_code, row.repeat, row.due_at) for row in rows]
    assert Counter(fired) == Counter(desk.due_until(until))
    assert set(rows.values_list("outcome", flat=True)) == {"fired"}
    assert Ticket.objects.count() == len(desk.opened) == TICKETS
    swept = sorted(row.lag_ms for row in rows if row.lag_ms is not None)
    assert len(swept) > TICKETS // 2, "time passed while things were killed"
    print(
        f"{len(fired)} escalations, {len(swept)} by the sweep: half within"
        f" {swept[len(swept) // 2] / 1000:.1f} s, the last after {swept[-1] / 1000:.1f} s"
    )


def _check_each_was_told(smtp: Sink) -> None:
    """Every escalation is in a notice that left, and the mail server has it under its key."""
    told = Count("items", distinct=True)
    untold = Escalation.objects.annotate(told=told).filter(told=0)
    assert list(untold) == []
    unsent = Escalation.objects.exclude(notices__state=NoticeState.SENT)
    assert not unsent.filter(fired_at__lt=database_now() - timedelta(seconds=30)).exists()
    assert not Notice.objects.filter(state=NoticeState.DEAD).exists()
    sent = Notice.objects.filter(state=NoticeState.SENT)
    taken = Counter(str(mail["Message-ID"]).strip("<>") for mail in smtp.mails)
    address = f"support@{next(iter(taken)).rpartition('@')[2]}"
    ids = {message_id_of(key, address) for key in sent.values_list("key", flat=True)}
    assert ids <= set(taken), "said to be sent, but never taken"
    every = {message_id_of(notice.key, address) for notice in Notice.objects.all()}
    assert set(taken) <= every, "each mail bears the key of a notice"
    print(f"{len(ids)} notices sent in {taken.total()} mails")


def _last_sweep() -> datetime | None:
    return Heartbeat.objects.filter(name="sweep").values_list("at", flat=True).first()
