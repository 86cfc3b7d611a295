"""Mails per second and CPU per mail, side by side with django-helpdesk, two workers each.

Run as `python -m tests.benchmarks.mail [--mails N] [--rounds N] [--profile]`; needs the embedded
Postgres with its usual durability. The sides take turns and the ratios are those of neighbours:
other work on the machine disturbs both. The speed of fdatasync stands beside each figure.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.benchmarks.mail_peers import machine, report
from tests.benchmarks.mail_peers.plain_mails import Mail, plain_mails
from tests.benchmarks.mail_peers.report import Figures

if TYPE_CHECKING:  # needs Django, and that the embedded servers run
    from tests.benchmarks.mail_peers.sides import Side, Worker

WORKERS = 2
COUNTED = 300
# No new round begins after this.
LAST_ROUND_SECONDS = 110.0


def main() -> int:
    """Prints the rounds and one table; 1 when the aims are not reached or a mail is misplaced."""
    given = _arguments()
    os.environ["SIVO_ACT_AS_OWNER"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
    from sivo_support import local_stack

    local_stack.prepare(["migrate"])
    import django

    django.setup()
    from tests.benchmarks.mail_peers import profile, sides
    from tests.benchmarks.sweep import bench_database, execute

    with ExitStack() as stack:
        stack.enter_context(bench_database())
        if execute("SHOW fsync") != [("on",)]:
            raise SystemExit(
                "The embedded Postgres was started with SIVO_LOCAL_FSYNC=0 by somebody else, "
                "a test run perhaps: wait for its end."
            )
        sides.make_customers()
        if given.profile:
            profile.show(sides.Ours(), plain_mails(given.mails))
            return 0
        both: list[sides.Side] = [sides.Ours()]
        if sides.HELPDESK_PYTHON.exists():
            both.append(stack.enter_context(sides.helpdesk_database()))
        else:
            print("django-helpdesk is not installed (`make bench` does it): ours alone.")
        return compare(both, plain_mails(given.mails), given.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000, help="in each round and on each side")
    parser.add_argument("--rounds", type=int, default=4, help="at most; fewer when they are slow")
    parser.add_argument("--profile", action="store_true", help="where our CPU goes, nothing else")
    return parser.parse_args()


def compare(both: "Sequence[Side]", mails: Sequence[Mail], rounds: int) -> int:
    """The rounds, one after the other, and what they come to."""
    began, load = time.monotonic(), os.getloadavg()[0]
    print(f"{len(mails)} mails, {WORKERS} workers on {os.cpu_count()} cores, load {load:.1f}")
    figures: dict[str, list[Figures]] = {side.name: [] for side in both}
    with ExitStack() as stack:
        workers = {side.name: stack.enter_context(_workers(side)) for side in both}
        statements = {side.name: count(side, workers[side.name], mails[:COUNTED]) for side in both}
        print(
            f"{'round':>5} {'':16} {'mails/s':>8}   CPU ms/mail: {'client':>6} {'postgres':>8}"
            f" {'fdatasync/s':>13}"
        )
        for number in range(rounds):
            if number > 1 and time.monotonic() - began > LAST_ROUND_SECONDS:
                break
            for side in both:
                one = run(side, workers[side.name], mails)
                figures[side.name].append(one)
                print(
                    f"{number + 1:>5} {side.name:16} {one.rate:>8.1f} {one.client:>21.2f}"
                    f" {one.server:>8.2f} {one.syncs:>13,.0f}  {'; '.join(one.mistakes)}",
                    flush=True,
                )
    return report.sum_up(figures, statements)


def count(side: "Side", workers: "Sequence[Worker]", mails: Sequence[Mail]) -> float:
    """Statements sent to the database per mail; warms the workers up besides."""
    side.prepare(mails)
    heard = _work(workers, "count")
    return sum(each["statements"] for each in heard) / len(mails)


def run(side: "Side", workers: "Sequence[Worker]", mails: Sequence[Mail]) -> Figures:
    """One half of a round: an empty database, and all mails."""
    from django.db import connection

    from tests.benchmarks.sweep import execute

    keeping = side.prepare(mails)
    postmaster = machine.postmaster_of(execute("SELECT pg_backend_pid()")[0][0])
    syncs = machine.syncs_per_second(connection.settings_dict["HOST"])
    server = machine.cpu_of_tree(postmaster)
    heard = _work(workers, "run")
    server = machine.cpu_of_tree(postmaster) - server
    return Figures(
        rate=len(mails) / max(each["wall"] for each in heard),
        client=sum(each["cpu"] for each in heard) / len(mails) * 1e3,
        server=server / len(mails) * 1e3,
        keeping=keeping / len(mails) * 1e3,
        syncs=syncs,
        mistakes=tuple(side.mistakes(mails)),
    )


def _work(workers: "Sequence[Worker]", order: str) -> list[dict[str, float]]:
    for worker in workers:
        worker.tell(order)
    return [worker.hear() for worker in workers]


@contextmanager
def _workers(side: "Side") -> Iterator[list["Worker"]]:
    side.prepare([])
    workers = side.start(WORKERS)
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


if __name__ == "__main__":
    sys.exit(main())
