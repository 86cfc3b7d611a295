"""Web, worker and beat as children that never outlive the demo."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from sivo_support.demo.place import HOST, CannotRun, Place
from sivo_support.local_processes import spawn

STOP_SECONDS = 6.0
RESTARTS = 3
RESTART_WINDOW_SECONDS = 60.0
_TAIL_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One program. `death_signal` is what it gets when the demo is gone, even by kill -9."""

    name: str
    argv: tuple[str, ...]
    death_signal: signal.Signals


def parts(place: Place) -> tuple[Part, ...]:
    """The three programs of the service."""
    celery = (sys.executable, "-m", "celery", "-A", "sivo_support")
    return (
        Part(
            name="web",
            argv=(
                *(sys.executable, "-m", "gunicorn", "sivo_support.wsgi"),
                *("--bind", f"{HOST}:{place.port}", "--worker-class", "gthread"),
                *("--workers", "1", "--threads", "6", "--graceful-timeout", "2"),
                *("--no-control-socket", "--log-level", "warning"),
            ),
            # Its worker notices a dead master within a second; a terminated one ends it at once.
            death_signal=signal.SIGTERM,
        ),
        Part(
            name="worker",
            argv=(*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
            # Not SIGTERM: a warm shutdown waits for its tasks. The rows are the queue, so nothing
            # is lost, and its own children die with it.
            death_signal=signal.SIGKILL,
        ),
        Part(
            name="beat",
            argv=(*celery, "beat", "--loglevel", "WARNING"),
            death_signal=signal.SIGKILL,
        ),
    )


@dataclass(slots=True)
class Crew:
    """The running parts. Used by the main thread alone: children die with the thread."""

    place: Place
    _parts: dict[str, Part] = field(default_factory=dict, init=False)
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict, init=False)
    _ends: dict[str, deque[float]] = field(default_factory=dict, init=False)

    def start(self) -> None:
        """Starts all parts; nothing waits for them."""
        for part in parts(self.place):
            self._parts[part.name] = part
            self._ends[part.name] = deque(maxlen=RESTARTS)
            self.log(part.name).write_bytes(b"")
            self._start(part)

    def log(self, name: str) -> Path:
        """What a part says."""
        return self.place.folder / f"{name}.log"

    def mend(self) -> list[str]:
        """Starts again what has ended; a line for each. Raises CannotRun when it keeps ending."""
        lines = []
        for name, part in self._parts.items():
            code = self._running[name].poll()
            if code is None:
                continue
            ends, now = self._ends[name], time.monotonic()
            if len(ends) == RESTARTS and now - ends[0] < RESTART_WINDOW_SECONDS:
                raise CannotRun(
                    f"The {name} process keeps ending ({_words(code)}). "
                    f"The end of {self.log(name)}:\n{self._tail(name)}"
                )
            ends.append(now)
            self._start(part)
            lines.append(f"The {name} process ended ({_words(code)}) and was started again.")
        return lines

    def stop(self) -> None:
        """Asks all of them at once, waits, and at last kills."""
        for child in self._running.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._running.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # Its group: a pool without its master would wait for work for ever.
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._running.clear()
        self._parts.clear()

    def _start(self, part: Part) -> None:
        with self.log(part.name).open("ab") as log:
            self._running[part.name] = spawn(
                part.argv,
                death_signal=part.death_signal,
                env=self.place.environment(),
                cwd=settings.BASE_DIR,
                output=log.fileno(),
            )

    def _tail(self, name: str) -> str:
        text = self.log(name).read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-_TAIL_LINES:])


def _words(code: int) -> str:
    return f"exit status {code}" if code >= 0 else signal.Signals(-code).name
