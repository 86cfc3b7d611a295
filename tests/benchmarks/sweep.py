"""The cost of a sweep with 500 due clocks, from 10,000 to 1,000,000 running ones.

Run as `python -m tests.benchmarks.sweep`, with other sizes as `... sweep 10000 100000`; needs the
embedded Postgres. The shipped policies govern the clocks: each has a plan, some of its steps have
fired, and the due ones come to a step besides being late. The figures are the best of several
rounds, which other work on the machine disturbs least: quote the ratios.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

DATABASE = "sivo_bench"
SIZES = (10_000, 100_000, 1_000_000)
DUE = 500
ROUNDS = 8
FLAT_WITHIN = 1.5
# An Enterprise S2 has two hours; somebody is told after one, after 96 minutes, and when it is due
# and every two hours from then on. The ages are such that nothing but what is marked as due comes
# to anything within the next twenty minutes: half of the clocks have their first step before them,
# a fifth the second one, the rest is late and was told of three times.
TICKETS = """
    INSERT INTO tickets_ticket (id, subject, channel, status, wait_cause, severity,
        severity_origin, needs_triage, source_id, thread, attention, opened_at)
    SELECT n, 'bench', 'email', 'open', '', 'S2', 'rules', false,
        (SELECT id FROM tickets_source), '', '',
        now() - interval '1 minute' * CASE
            WHEN n <= %(due)s THEN 120
            WHEN n %% 10 < 5 THEN random() * 40
            WHEN n %% 10 < 7 THEN 61 + random() * 8
            ELSE 121 + random() * 79
        END
    FROM generate_series(1, %(size)s) AS n
"""
EVENTS = """
    INSERT INTO tickets_ticketevent (ticket_id, kind, at, recorded_at, details, key)
    SELECT id, 'opened', opened_at, opened_at, '{"by": "customer", "severity": "S2"}', 'opened'
    FROM tickets_ticket
"""
CLOCKS = """
    INSERT INTO sla_clock (ticket_id, metric, basis, run_key, plan_code, severity,
        terms_version, clause, calendar_version_id, allowance_us, state, started_at, due_at,
        at_risk_at, breached_at, met, elapsed_us, cause, pins, read_at, next_check_at, void,
        policies_read)
    SELECT t.id, 'first_response', 'contract', e.id::text, 'enterprise', 'S2', '2026-11', '7',
        c.sha256, 7200000000, 'running', t.opened_at, t.opened_at + interval '2 hours',
        t.opened_at + interval '90 minutes',
        CASE WHEN band = 'late' THEN t.opened_at + interval '2 hours' END,
        CASE WHEN band = 'late' THEN false END, 0, '',
        jsonb_build_object('start', jsonb_build_object('allowance_us', 7200000000,
            'calendar', c.sha256, 'plan', 'enterprise', 'severity', 'S2',
            'terms', '2026-11', 'clause', '7', 'agreement', null),
            'changes', '[]'::jsonb, 'at_risk_permille', 750, 'until', null),
        t.opened_at + CASE
            WHEN band = 'late' THEN interval '2 hours'
            WHEN band = 'due' THEN interval '96 minutes'
            WHEN band = 'half' THEN interval '60 minutes'
            ELSE interval '0' END,
        t.opened_at + CASE
            WHEN band = 'late' THEN interval '4 hours'
            WHEN band = 'due' THEN interval '1 year'
            WHEN band = 'half' THEN interval '90 minutes'
            ELSE interval '60 minutes' END,
        false, (SELECT max(id) FROM sla_escalationpolicy)
    FROM tickets_ticket t JOIN tickets_ticketevent e ON e.ticket_id = t.id,
        LATERAL (SELECT CASE WHEN t.id <= %(due)s THEN 'due' WHEN t.id %% 10 < 5 THEN 'new'
            WHEN t.id %% 10 < 7 THEN 'half' ELSE 'late' END AS band) AS banded,
        (SELECT sha256 FROM sla_calendarversion WHERE code = 'always') AS c
"""
FIRED = """
    INSERT INTO sla_escalation (clock_id, policy_id, step_code, repeat, due_at, fired_at, lag_ms,
        outcome, detail)
    SELECT c.id, p.id, 'enterprise-s2/' || step.code, 0, c.started_at + step.after,
        c.started_at + step.after, 0, 'fired', '{}'
    FROM sla_clock c, (SELECT id FROM sla_escalationpolicy WHERE code = 'enterprise-s2') AS p,
        (VALUES ('half', interval '60 minutes'), ('late-warning', interval '96 minutes'),
            ('missed', interval '120 minutes')) AS step (code, after)
    WHERE c.read_at >= c.started_at + step.after
"""


def main(arguments: Sequence[str]) -> int:
    """Prints the curve; 1 when the most clocks cost more than half as much again as the fewest."""
    sizes = [int(size) for size in arguments] or SIZES
    os.environ["SIVO_ACT_AS_OWNER"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
    from sivo_support import local_stack

    local_stack.prepare(["migrate"])
    import django

    django.setup()
    with bench_database():
        prepare()
        best = {}
        print(f"{'running clocks':>16} {'500 due, ms':>12} {'CPU ms':>9} {'0 due, ms':>10}")
        for size in sizes:
            fill(size)
            wall, cpu, idle = measure()
            best[size] = wall
            print(f"{size:>16,} {wall * 1e3:>12.1f} {cpu * 1e3:>9.1f} {idle * 1e3:>10.2f}")
        ratio = best[sizes[-1]] / best[sizes[0]]
        reached = ratio <= FLAT_WITHIN
        print(
            f"cost at {sizes[-1]:,} / cost at {sizes[0]:,}: {ratio:.2f} "
            f"(flat means at most {FLAT_WITHIN}): {'reached' if reached else 'NOT reached'}"
        )
    return 0 if reached else 1


@contextmanager
def bench_database() -> Iterator[None]:
    """A database of its own, dropped at the end."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from sla.operations.terms.load_terms import load_terms

    usual = connection.settings_dict["NAME"]
    execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    execute(f"CREATE DATABASE {DATABASE}")
    connection.close()
    connection.settings_dict["NAME"] = DATABASE
    try:
        call_command("migrate", verbosity=0)
        load_terms(now=timezone.now())
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        execute(f"DROP DATABASE {DATABASE}")
        connection.close()


def execute(sql: str, params: Any = None) -> list[Any]:
    """Runs one statement and returns its rows, if it has any."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def prepare() -> None:
    """The shipped policies, and one person whom they tell."""
    from django.contrib.auth.models import User

    from sla.models import ContactRole
    from sla.operations.escalation.policies import load_escalation
    from tickets.queries import database_now

    load_escalation(now=database_now() - timedelta(days=30))
    person = User.objects.create(username="olga", email="olga@sivocenter.example")
    for role in ContactRole.objects.all():
        role.people.add(person)


def fill(size: int) -> None:
    """Tickets with one running clock each; the first ones come to be due just now."""
    execute("TRUNCATE tickets_ticket, tickets_source, sla_notice CASCADE")
    execute(
        "INSERT INTO tickets_source (id, kind, name, channel, secrets, address, acknowledges,"
        " is_active, stop_tolerance_seconds, refused_reason, created_at) VALUES"
        " (gen_random_uuid(), 'email', 'bench', 'email', '', '', false, true, 900, '', now())"
    )
    numbers = {"size": size, "due": DUE * (ROUNDS + 1)}
    execute(TICKETS, numbers)
    execute(EVENTS)
    execute(CLOCKS, numbers)
    execute(FIRED)
    execute("VACUUM ANALYZE")


def measure() -> tuple[float, float, float]:
    """Best seconds of wall and CPU time for 500 due clocks, and of wall time for none."""
    from sla.models import Clock, Escalation
    from sla.operations.clocks.sweep import sweep

    late = Clock.objects.filter(breached_at__isnull=False)
    missed = Escalation.objects.filter(step_code="enterprise-s2/missed")
    before = [late.count(), missed.count()]
    walls, cpus, idles = [], [], []
    for number in range(ROUNDS + 1):
        first = number * DUE
        execute(
            "UPDATE sla_clock SET next_check_at = due_at + interval '1 microsecond'"
            " WHERE ticket_id > %s AND ticket_id <= %s",
            [first, first + DUE],
        )
        wall, cpu = time.perf_counter(), time.process_time()
        swept = sweep()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if swept.read != DUE or swept.failed:
            raise SystemExit(f"the sweep read {swept.read} of {DUE}, {swept.failed} failed")
        idle = time.perf_counter()
        sweep()
        idle = time.perf_counter() - idle
        if number:  # the first one warms caches up
            walls.append(wall)
            cpus.append(cpu)
            idles.append(idle)
    new = [late.count() - before[0], missed.count() - before[1]]
    if new != [DUE * (ROUNDS + 1)] * 2:
        raise SystemExit(f"{new} breaches and steps instead of {DUE * (ROUNDS + 1)} of each")
    return min(walls), min(cpus), min(idles)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
