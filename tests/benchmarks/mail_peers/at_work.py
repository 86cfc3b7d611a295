"""What both kinds of worker share: an order per line comes in, what it cost goes out."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Job = TypeVar("Job")


def take_orders(load: Callable[[], Job], work: Callable[[Job], int], connection: Any) -> None:
    """For every line: loads, works, and says how many mails and seconds of its CPU that took.

    The line `count` also counts the statements sent to the database.
    """
    say({"ready": os.getpid()})
    for line in sys.stdin:
        job = load()
        with counted(connection, wanted=line.strip() == "count") as statements:
            began, cpu = time.perf_counter(), time.process_time()
            mails = work(job)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - began
        say({"mails": mails, "cpu": cpu, "wall": wall, "statements": statements[0]})
    connection.close()


def say(answer: dict[str, Any]) -> None:
    """One line to whoever gives the orders."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


@contextmanager
def counted(connection: Any, *, wanted: bool) -> Iterator[list[int]]:
    """The number of statements sent inside the block, in a list; 0 when it is not wanted."""
    total = [0]

    def count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        total[0] += 1
        return execute(sql, params, many, context)

    if not wanted:
        yield total
        return
    with connection.execute_wrapper(count):
        yield total
