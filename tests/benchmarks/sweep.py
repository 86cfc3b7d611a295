"""The cost of a sweep with 500 due clocks, from 10,000 to 1,000,000 running ones.

Run as `python -m tests.benchmarks.sweep`; needs the embedded Postgres. The figures are the best
of several rounds, which other work on the machine disturbs least: quote the ratios.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DATABASE = "sivo_bench"
SIZES = (10_000, 100_000, 1_000_000)
DUE = 500
ROUNDS = 8
FLAT_WITHIN = 1.5


def main() -> int:
    """Prints the curve; 1 when a hundred times the clocks cost more than half as much again."""
    os.environ["SIVO_ACT_AS_OWNER"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
    from sivo_support import local_stack

    local_stack.prepare(["migrate"])
    import django

    django.setup()
    with bench_database():
        best = {}
        print(f"{'running clocks':>16} {'500 due, ms':>12} {'CPU ms':>9} {'0 due, ms':>10}")
        for size in SIZES:
            fill(size)
            wall, cpu, idle = measure()
            best[size] = wall
            print(f"{size:>16,} {wall * 1e3:>12.1f} {cpu * 1e3:>9.1f} {idle * 1e3:>10.2f}")
        ratio = best[SIZES[-1]] / best[SIZES[0]]
        reached = ratio <= FLAT_WITHIN
        print(
            f"cost at {SIZES[-1]:,} / cost at {SIZES[0]:,}: {ratio:.2f} "
            f"(flat means at most {FLAT_WITHIN}): {'reached' if reached else 'NOT reached'}"
        )
    return 0 if reached else 1


@contextmanager
def bench_database() -> Iterator[None]:
    """A database of its own, dropped at the end."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from sla.operations.load_terms import load_terms

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


def fill(size: int) -> None:
    """Tickets with one running clock each; the first ones were due an hour ago, not yet seen."""
    execute("TRUNCATE tickets_ticket, tickets_source CASCADE")
    execute(
        "INSERT INTO tickets_source (id, kind, name, channel, secrets, address, acknowledges,"
        " is_active, stop_tolerance_seconds, refused_reason, created_at) VALUES"
        " (gen_random_uuid(), 'email', 'bench', 'email', '', '', false, true, 900, '', now())"
    )
    execute(
        """
        INSERT INTO tickets_ticket (id, subject, channel, status, wait_cause, severity,
            severity_origin, needs_triage, source_id, thread, attention, opened_at)
        SELECT n, 'bench', 'email', 'open', '', 'S2', 'rules', false,
            (SELECT id FROM tickets_source), '', '', now() - interval '3 hours'
        FROM generate_series(1, %s) AS n
        """,
        [size],
    )
    execute(
        """
        INSERT INTO tickets_ticketevent (ticket_id, kind, at, recorded_at, details, key)
        SELECT id, 'opened', opened_at, opened_at, '{"by": "customer", "severity": "S2"}', 'opened'
        FROM tickets_ticket
        """
    )
    execute(
        """
        INSERT INTO sla_clock (ticket_id, metric, basis, run_key, plan_code, severity,
            terms_version, clause, calendar_version_id, allowance_us, state, started_at, due_at,
            at_risk_at, elapsed_us, cause, pins, read_at, next_check_at, void)
        SELECT t.id, 'first_response', 'contract', e.id::text, 'enterprise', 'S2', '2026-11', '7',
            c.sha256, 7200000000, 'running', t.opened_at, t.opened_at + interval '2 hours',
            t.opened_at + interval '90 minutes', 0, '',
            jsonb_build_object('start', jsonb_build_object('allowance_us', 7200000000,
                'calendar', c.sha256, 'plan', 'enterprise', 'severity', 'S2',
                'terms', '2026-11', 'clause', '7', 'agreement', null),
                'changes', '[]'::jsonb, 'at_risk_permille', 750, 'until', null),
            t.opened_at + interval '91 minutes', now() + interval '1 year', false
        FROM tickets_ticket t JOIN tickets_ticketevent e ON e.ticket_id = t.id,
            (SELECT sha256 FROM sla_calendarversion WHERE code = 'always') AS c
        """
    )
    execute("VACUUM ANALYZE")


def measure() -> tuple[float, float, float]:
    """Best seconds of wall and CPU time for 500 due clocks, and of wall time for none."""
    from sla.models import Clock
    from sla.operations.sweep import sweep

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
    late = Clock.objects.filter(breached_at__isnull=False).count()
    if late != DUE * (ROUNDS + 1):
        raise SystemExit(f"{late} breaches instead of {DUE * (ROUNDS + 1)}")
    return min(walls), min(cpus), min(idles)


if __name__ == "__main__":
    sys.exit(main())
