"""The whole service on one machine, with a sample world: `make demo`."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from sivo_support import local_stack
from sivo_support.demo.place import CannotRun, occupied, refuse_real_data
from sivo_support.demo.processes import Crew
from sivo_support.demo.running import Demo, Interrupted, interruptible
from sivo_support.demo.screen import Screen
from sivo_support.demo.summary import summary_json


class Command(BaseCommand):
    """`DEMO_PORT` chooses the port; with `DEMO_EXIT=1` it stops by itself and prints JSON."""

    help = (
        "Starts Postgres, Redis, web, worker and beat with a sample world; Ctrl-C stops all. "
        "DEMO_PORT=8001 chooses the port; DEMO_EXIT=1 prints a summary as JSON and stops."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0, or 1 with one line on standard error that says what to do."""
        exits = os.environ.get("DEMO_EXIT", "") not in {"", "0"}
        # Then standard output is for the JSON alone.
        screen = Screen(sys.stderr if exits else sys.stdout)
        try:
            with interruptible():
                summary = _run(screen, exits=exits)
        except (CannotRun, local_stack.LocalStackError) as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(1)
        except Interrupted:
            screen.say("\nStopped. Nothing runs any more, the data is kept.")
            sys.exit(130 if exits else 0)
        finally:
            # Whoever starts the servers before us: they go when nobody else uses them.
            local_stack.leave()
        if summary:
            print(summary, flush=True)


def _run(screen: Screen, *, exits: bool) -> str:
    """The summary, when it stops by itself."""
    refuse_real_data()
    with occupied(os.environ) as place:
        demo = Demo(place, screen, Crew(place))
        try:
            is_first = demo.prepare()
            demo.start(is_first=is_first)
            if exits:
                return summary_json(now=timezone.now())
            demo.show()
            demo.watch()
        finally:
            demo.stop()
    return ""
