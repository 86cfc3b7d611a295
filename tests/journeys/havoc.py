"""What happens to the machines: kills, restarts, freezes and wrong clocks, at random."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.journeys.own_postgres import OwnPostgres
from tests.journeys.processes import House, Process

PARTS = ("redis", "web", "web-2", "worker", "worker-2", "beat", "beat-2")
# The one whose clock is wrong, and the one that freezes: the other must do without it.
MISLED, FROZEN = "worker-2", "worker"
WRONG_SECONDS = (-420, 0, 420)


def set_clock(path: Path, seconds: float) -> None:
    """Whole at once: the processes read it while it is written."""
    draft = path.with_suffix(".new")
    draft.write_text(str(seconds))
    draft.replace(path)


@dataclass
class Havoc:
    """Each kind of trouble once in a random order, and then at random."""

    house: House
    postgres: OwnPostgres
    clock: Path
    chance: random.Random
    freeze_seconds: float
    without: frozenset[str] = frozenset()
    done: Counter[str] = field(default_factory=Counter)
    skew: float = WRONG_SECONDS[-1]
    _thaws_at: float | None = None
    _first: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        web, worker, beat = ("web", "web-2"), (FROZEN, MISLED), ("beat", "beat-2")
        self._ways: dict[str, tuple[int, Callable[[], bool]]] = {
            "web killed": (2, lambda: self._kill(web)),
            "web child killed": (3, lambda: self._kill_a_child(web)),
            "worker killed": (3, lambda: self._kill(worker)),
            "worker child killed": (6, lambda: self._kill_a_child(worker)),
            "beat killed": (3, lambda: self._kill(beat)),
            "Redis killed, its data gone": (2, lambda: self._kill(("redis",))),
            "Redis emptied": (2, self._empty_redis),
            "Postgres killed": (1, self._kill_postgres),
            "Postgres restarted": (1, self._restart_postgres),
            "worker frozen": (2, self._freeze),
            "worker's clock stepped": (2, self._step),
        }
        self._ways = {what: way for what, way in self._ways.items() if what not in self.without}
        self._first = self.chance.sample(list(self._ways), len(self._ways))

    @property
    def is_complete(self) -> bool:
        """Whether everything has happened at least once."""
        return not self._first

    def strike(self) -> None:
        """One more trouble; what cannot be just now is made up for later."""
        self.thaw(if_due=True)
        weights = [weight for weight, _ in self._ways.values()]
        what = self._first[0] if self._first else self.chance.choices([*self._ways], weights)[0]
        if self._ways[what][1]():
            self.done[what] += 1
            self._first = [each for each in self._first if each != what]
        elif self._first:
            self._first.append(self._first.pop(0))

    def thaw(self, *, if_due: bool = False) -> None:
        """The frozen worker goes on, and believes that it is still then."""
        if self._thaws_at is not None and (not if_due or time.monotonic() >= self._thaws_at):
            self.house.processes[FROZEN].signal_all(signal.SIGCONT)
            self._thaws_at = None

    def _alive(self, names: tuple[str, ...]) -> Process | None:
        """One of these; never the frozen one."""
        can_be = [name for name in names if name != FROZEN or self._thaws_at is None]
        process = self.house.processes[self.chance.choice(can_be)] if can_be else None
        return None if process is None or process.is_dead() else process

    def _kill(self, names: tuple[str, ...]) -> bool:
        process = self._alive(names)
        if process is not None:
            process.kill()
        return process is not None

    def _kill_a_child(self, names: tuple[str, ...]) -> bool:
        process = self._alive(names)
        return process is not None and process.kill_a_child(self.chance.choice)

    def _freeze(self) -> bool:
        """As a machine that is suspended: it holds its locks meanwhile."""
        process = self._alive((FROZEN,))
        if process is None:
            return False
        process.signal_all(signal.SIGSTOP)
        self._thaws_at = time.monotonic() + self.freeze_seconds
        return True

    def _step(self) -> bool:
        self.skew = self.chance.choice([each for each in WRONG_SECONDS if each != self.skew])
        set_clock(self.clock, self.skew)
        return True

    def _empty_redis(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=os.fspath(self.house.redis_socket)) as client:
                client.flushall()
        except redis.RedisError:
            return False  # it is just starting
        return True

    def _kill_postgres(self) -> bool:
        self.postgres.kill()
        return True

    def _restart_postgres(self) -> bool:
        self.postgres.restart()
        return True
