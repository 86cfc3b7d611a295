"""Shifts the wall clock of each Python process that starts with this folder on its path.

How many seconds says the file named in SIVO_WRONG_CLOCK; when it changes, the clock steps. Only
what asks for the time of day is misled: time.monotonic() goes on as ever.
"""

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

_LOOK_SECONDS = 0.2

# time_machine would import it, which takes longer than all the rest.
sys.modules["pytest"] = None  # type: ignore[assignment]
import time_machine  # noqa: E402

del sys.modules["pytest"]


class _Clock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._seconds = 0.0
        self._traveller = time_machine.travel(time.time(), tick=True).start()

    def run(self) -> None:
        """In each process, forked ones included: a fork takes no thread along."""
        self._step()
        threading.Thread(target=self._follow, name="wrong clock", daemon=True).start()

    def _follow(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            self._step()

    def _step(self) -> None:
        with suppress(OSError, ValueError):
            seconds = float(self._path.read_text())
            if seconds != self._seconds:
                self._traveller.shift(seconds - self._seconds)
                self._seconds = seconds


_clock = _Clock(Path(os.environ["SIVO_WRONG_CLOCK"]))
_clock.run()
os.register_at_fork(after_in_child=_clock.run)
