"""Each escalation fires exactly once and somebody hears of it, whatever is killed meanwhile."""

import os
import random
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from sla.models import Clock, Escalation, EscalationPolicy, Heartbeat, Notice, NoticeState
from sla.operations.terms.load_terms import load_terms
from tests.journeys.callers import Callers
from tests.journeys.escalation_checks import Checks, Lines, Told
from tests.journeys.escalation_desk import Desk, many_steps
from tests.journeys.havoc import MISLED, PARTS, WRONG_SECONDS, Havoc, set_clock
from tests.journeys.own_postgres import OwnPostgres, own_postgres
from tests.journeys.processes import SERVICE, House, house, wait_until
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.world import customer, person
from tests.tickets.hooks import helpdesk
from tests.tickets.smtp_sink import Sink
from tickets.models import Delivery, DeliveryState, Ticket
from tickets.queries import database_now

pytestmark = pytest.mark.processes

CHAOS = os.environ.get("SIVO_CHAOS") == "1"
SEED = int(os.environ.get("SIVO_ESCALATION_SEED", "2026"))
TICKETS, SECONDS = (2000, 540.0) if CHAOS else (40, 10.0)
# Of half an hour: in the short run a ticket comes to one of them every 18 seconds. A share has
# four decimals: the number must divide 10,000.
STEPS = 8 if CHAOS else 100
PAUSES = (2.0, 4.0) if CHAOS else (0.4, 1.0)
FREEZE_SECONDS = 60.0 if CHAOS else 4.0
# Another test of the short run has it, and it costs the start of a process.
WITHOUT = frozenset() if CHAOS else frozenset({"web child killed"})
START_SECONDS, SETTLE_SECONDS, HURRY_SECONDS = 120.0, 240.0, 2.0
WRONG_CLOCK = Path(__file__).with_name("wrong_clock")


@pytest.fixture
def postgres(
    tmp_path: Path, django_db_setup: None, django_db_blocker: Any
) -> Iterator[OwnPostgres]:
    """A server of this test's own: others use the embedded one meanwhile."""
    with django_db_blocker.unblock(), own_postgres(tmp_path) as made:
        load_terms(now=timezone.now())
        yield made


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    """Somebody's pager."""
    with hook_server() as made:
        yield made


@pytest.fixture
def machines(tmp_path: Path, postgres: OwnPostgres, smtp: Sink, settings: Any) -> Iterator[House]:
    """Two of everything but Redis; they send to a real mail server. One worker's clock is wrong."""
    set_clock(tmp_path / "clock", WRONG_SECONDS[-1])
    misled = {"PYTHONPATH": os.fspath(WRONG_CLOCK), "SIVO_WRONG_CLOCK": f"{tmp_path}/clock"}
    with house(
        tmp_path,
        parts=PARTS,
        more_env={
            "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
            "SIVO_NOTICE_PRIVATE_HOSTS": "127.0.0.1",
            "SIVO_PUBLIC_URL": "http://support.example",
        },
        own_env={MISLED: misled},
    ) as made:
        yield made


@pytest.fixture
def told(smtp: Sink, hooks: Hooks, postgres: OwnPostgres) -> Told:
    """A customer on Enterprise, and whom the steps tell."""
    customer("enterprise")
    person("Alice")
    people = [person(f"Olga{n}", "operators") for n in range(6)]
    return Told(people, many_steps(people, hooks.url, STEPS), smtp, hooks)


def test_each_escalation_fires_once_and_is_told_whatever_is_killed(
    machines: House,
    postgres: OwnPostgres,
    told: Told,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(SEED)
    print(f"SIVO_ESCALATION_SEED={SEED}")
    callers = Callers(machines.port)
    desk = Desk(chance, helpdesk(stop_tolerance_seconds=900), callers, STEPS)
    havoc = Havoc(machines, postgres, tmp_path / "clock", chance, FREEZE_SECONDS, WITHOUT)
    try:
        up = _start(machines, desk)
        told.hooks.answers.append((503, {}))
        _trouble(havoc, desk, told.smtp)
        told.smtp.faults.append("drop")  # taken, and then the line breaks
        until = database_now()
        settled = _settle(machines, desk, until)
    except AssertionError as error:
        left = (callers.left, callers.troubles, _left(database_now()))
        raise AssertionError(f"{error}: {left}\n{machines.logs()}") from error
    finally:
        callers.stop()
        machines.kill()
    starts = sum(process.starts for process in machines.processes.values())
    lines: Lines = [
        ("seed", str(SEED)),
        ("tickets", f"{len(desk.opened):,}, {len(desk.answered):,} of them answered"),
        *((what, f"{times} times") for what, times in sorted(havoc.done.items())),
        ("processes started", str(starts)),
        ("calls that had to be repeated", str(dict(callers.troubles))),
        ("longest until a call was taken", f"{callers.longest:.1f} s"),
        ("up, in trouble, settled", f"{up:.1f} s, {SECONDS:.0f} s, {settled:.1f} s"),
        *Checks(desk, told, until).run(),
    ]
    report = "\n".join(f"{what:<34} {value}" for what, value in lines)
    print(report)
    if CHAOS:
        with capsys.disabled():
            print(f"\n{report}")


def _start(machines: House, desk: Desk) -> float:
    """The first half of the tickets is understood, and swept once; how long it took."""
    desk.callers.start()
    # One of each is up sooner when it is alone; the others follow.
    machines.start(*SERVICE)
    desk.open(TICKETS // 2)
    swept = Heartbeat.objects.filter(name="sweep")
    took = wait_until(
        lambda: swept.exists() and Ticket.objects.count() == TICKETS // 2,
        START_SECONDS,
        "the first tickets are there, and the first sweep has run",
    )
    machines.mend()
    if not CHAOS:
        _hurry()
    return took


def _trouble(havoc: Havoc, desk: Desk, smtp: Sink) -> None:
    """Something happens every second or two, while tickets come in and are answered."""
    began, chance = time.monotonic(), desk.chance
    while (passed := time.monotonic() - began) < SECONDS or not havoc.is_complete:
        # The last fifth of the time brings no new ones.
        wanted = TICKETS // 2 * (1 + min(1.0, passed / (0.8 * SECONDS)))
        desk.open(min(round(wanted), TICKETS) - len(desk.opened))
        desk.answer(chance.randint(0, max(2, TICKETS // 200)))
        if chance.random() < 0.3 or not desk.clicked:
            desk.click(smtp.mails)
        havoc.strike()
        time.sleep(chance.uniform(*PAUSES))
        havoc.house.mend()
    desk.open(TICKETS - len(desk.opened))
    havoc.thaw()
    # On a busy machine little came up between two troubles.
    swept = Escalation.objects.filter(lag_ms__isnull=False)
    wait_until(
        lambda: not havoc.house.mend() and swept.count() > TICKETS // 2,
        START_SECONDS,
        "steps were swept",
    )


def _settle(machines: House, desk: Desk, until: datetime) -> float:
    """Until all that was due is done; how long it took."""
    hurry_at = time.monotonic() + 1

    def is_settled() -> bool:
        nonlocal hurry_at
        if machines.mend() or desk.callers.left:
            return False
        if not CHAOS and time.monotonic() > hurry_at:
            _hurry()
            hurry_at += HURRY_SECONDS
        return not any(_left(until).values())

    return wait_until(is_settled, SETTLE_SECONDS, "all is done")


def _hurry() -> None:
    """What waits for its time, or for a dead worker's lease of up to 90 s: nobody waits here."""
    now = database_now()
    Delivery.objects.filter(state=DeliveryState.WAITING).update(next_attempt_at=now)
    Notice.objects.filter(state=NoticeState.WAITING).update(next_attempt_at=now)


def _left(until: datetime) -> dict[str, int]:
    """What is not done yet."""
    newest = EscalationPolicy.objects.latest("pk").pk
    untold = Escalation.objects.filter(
        fired_at__lte=until, notices__state=NoticeState.WAITING
    ).distinct()
    return {
        "deliveries": Delivery.objects.filter(state=DeliveryState.WAITING).count(),
        "stale": Ticket.objects.filter(clocks_stale_since__isnull=False).count(),
        "clocks": Clock.objects.filter(next_check_at__lte=until).count(),
        "behind": Clock.objects.filter(
            state="running", void=False, policies_read__lt=newest
        ).count(),
        "notices": untold.count(),
    }
