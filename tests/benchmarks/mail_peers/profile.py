"""Where our CPU goes: one worker in this process, under the profiler."""

import cProfile
import pstats
import re
import sys
import time
from collections.abc import Sequence

from tests.benchmarks.mail_peers.plain_mails import Mail
from tests.benchmarks.mail_peers.sides import CHECKOUT, Ours

_WARM_UP = 60
_LINES = 50


def show(side: Ours, mails: Sequence[Mail]) -> None:
    """Prints what costs most CPU: of ours with what it calls, of everybody by itself."""
    from tickets.tasks import drain_deliveries

    side.prepare(mails[:_WARM_UP])
    drain_deliveries()
    side.prepare(mails)
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    done = 0
    while more := drain_deliveries():
        done += more
    profiler.disable()
    stats = pstats.Stats(profiler, stream=sys.stdout)
    total = stats.total_tt  # type: ignore[attr-defined]
    print(f"{done} mails, {total / done * 1e3:.2f} ms each under the profiler")
    stats.sort_stats("cumulative").print_stats(
        rf"^{re.escape(str(CHECKOUT))}/(tickets|sla)/", _LINES
    )
    stats.strip_dirs().sort_stats("tottime").print_stats(_LINES)
