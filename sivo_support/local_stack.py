"""The embedded PostgreSQL and Redis of a checkout: started on demand, gone with their users."""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sivo_support.local_folders import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    POSTGRES_PORT,
    Folders,
    LocalStackError,
)

__all__ = ["APP_ROLE", "OWNER_ROLE", "LocalStack", "LocalStackError"]

CHECKOUT = Path(__file__).resolve().parent.parent
JOIN_SECONDS = 120.0
GRACE_SECONDS = 3.0
READY = b"ready\n"
LEAVE = b"leave\n"
OWNER_COMMANDS = frozenset(
    {"createcachetable", "flush", "migrate", "pgtrigger", "test", "testserver"}
)
COMMANDS_WITHOUT_DATABASE = frozenset(
    {
        *("business_time", "classify", "deadline", "read_clocks"),
        "demo",  # joins by itself, once it knows that its port is free
        *("collectstatic", "compilemessages", "diffsettings", "findstatic", "help"),
        *("makemessages", "makemigrations", "sendtestemail", "startapp", "startproject"),
        "version",
    }
)
# These make `check` ask the database after all.
CHECK_OPTIONS_WITH_DATABASE = ("--database", "--deploy")


@dataclass
class LocalStack:
    """The embedded servers of one checkout, as one process sees them."""

    root: Path
    grace_seconds: float = GRACE_SECONDS
    folders: Folders = field(init=False)
    # A number, not a socket: open until the process ends, when the kernel closes it.
    _lease: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folders = Folders(root=self.root, uid=os.geteuid())

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """For django-environ, which reads a socket folder from the path of the URL only.

        The port is named because libpq would else take it from the environment (`PGPORT`).
        """
        folder = quote(os.fspath(self.folders.sockets))
        return f"postgres://{quote(role)}@:{POSTGRES_PORT}/{folder}/{quote(database)}"

    def redis_url(self) -> str:
        """In kombu's spelling; redis-py calls the same thing `unix://`."""
        return f"redis+socket://{quote(os.fspath(self.folders.redis_socket))}"

    def join(self) -> None:
        """Both servers answer when this returns, and run at least as long as this process.

        The first to come starts the supervisor; the others share it. Raises LocalStackError.
        """
        if self._lease is not None and _is_open(self._lease):
            return
        deadline = time.monotonic() + JOIN_SECONDS
        while time.monotonic() < deadline:
            self._lease = self._take_lease()
            if self._lease is not None:
                return
            with self._starting():
                self._lease = self._take_lease()  # another one may have started it meanwhile
                if self._lease is not None:
                    return
                self._start_supervisor()
        raise LocalStackError(f"The embedded servers are not ready: see {self.folders.log}.")

    def leave(self) -> None:
        """Gives the lease back; the servers are gone when this returns, unless others use them."""
        if self._lease is None:
            return
        with socket.socket(fileno=self._lease) as lease:
            self._lease = None
            lease.settimeout(JOIN_SECONDS)
            with contextlib.suppress(OSError):
                lease.sendall(LEAVE)
                while lease.recv(64):
                    pass

    def forget(self) -> None:
        """Removes data, sockets and secrets for good. Raises LocalStackError while in use."""
        with self._starting():
            lease = self._take_lease()
            if lease is not None:
                os.close(lease)
                raise LocalStackError("The embedded servers are in use: stop those commands first.")
            with self.folders.supervisor_lock.open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # one that is stopping still writes
                for folder in {self.folders.home, self.folders.run}:
                    shutil.rmtree(folder)

    def _take_lease(self) -> int | None:
        """None when nobody hands out leases, or has just ceased to."""
        caller = socket.socket(socket.AF_UNIX)
        caller.settimeout(JOIN_SECONDS)
        try:
            caller.connect(os.fspath(self.folders.lease_socket))
            if caller.recv(64) == READY:
                caller.settimeout(None)
                return caller.detach()
        except (FileNotFoundError, ConnectionError):
            pass
        except OSError as error:
            raise LocalStackError(f"{self.folders.lease_socket}: {error}.") from error
        finally:
            caller.close()
        return None

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        """One at a time; the kernel lifts the lock of a process that dies."""
        path = self.folders.make_run() / "start.lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _start_supervisor(self) -> None:
        """Returns when it is ready; what it writes to the pipe before closing it is an error."""
        reader, writer = os.pipe()
        with open(reader, "rb") as status:  # noqa: PTH123 - a file descriptor
            try:
                done = subprocess.run(
                    [
                        *(sys.executable, "-m", "sivo_support.local_supervisor"),
                        *(os.path.realpath(self.root), str(writer), str(self.grace_seconds)),
                    ],
                    check=False,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=(writer,),
                    cwd=CHECKOUT,
                    env=_clean_environment(),
                )
            finally:
                os.close(writer)
            trouble = status.read().decode(errors="replace")
        if done.returncode != 0:
            trouble = done.stderr.decode(errors="replace")
        if trouble:
            raise LocalStackError(trouble)


def _is_open(lease: int) -> bool:
    """The supervisor says nothing after its first word: all that can come is its end."""
    with socket.socket(fileno=os.dup(lease)) as listener:
        try:
            return listener.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


def _clean_environment() -> dict[str, str]:
    """Nothing of the caller's (PGOPTIONS, PYTHONWARNINGS) changes servers that others share."""
    kept = ("HOME", "LD_LIBRARY_PATH", "PATH", "SIVO_LOCAL_FSYNC")
    return {name: os.environ[name] for name in kept if name in os.environ}


_stack = LocalStack(CHECKOUT)
_state = {"owner": False}


def database_url(role: str, database: str = DATABASE) -> str:
    """The embedded database as one of its two roles; nothing is started or created."""
    return _stack.database_url(role, database)


def redis_url() -> str:
    """The embedded broker, in kombu's spelling; nothing is started or created."""
    return _stack.redis_url()


def local_secret(name: str) -> str:
    """A secret of this checkout and user, made on first use: never one for production."""
    return _stack.folders.secret(name)


def acts_as_owner() -> bool:
    """Whether this process may change the schema: it connects as the owning role.

    Not inherited: a worker started by a test or by `migrate` is the application again.
    """
    return _state["owner"] or os.environ.get("SIVO_ACT_AS_OWNER") == "1"


def join() -> None:
    """Joins the embedded servers unless the environment names others for both parts."""
    dotenv = CHECKOUT / ".env"
    if dotenv.exists():
        import environ

        environ.Env.read_env(dotenv, overwrite=False)
    in_production = os.environ.get("SIVO_PRODUCTION", "").lower() in ("1", "on", "true", "y", "yes")
    has_own = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    if not in_production and not has_own:
        _stack.join()


def leave() -> None:
    """Stops the embedded servers now, unless others use them; they would stop by themselves."""
    _stack.leave()


def prepare(argv: list[str]) -> None:
    """Decides, before Django, whether a command (`argv` without the program) needs the servers."""
    command = argv[0] if argv else "help"
    _state["owner"] = command in OWNER_COMMANDS
    if not _needs_database(command, argv[1:]):
        return
    try:
        join()
    except LocalStackError as error:
        raise SystemExit(f"The embedded servers do not start. {error}") from error
    if command == "dbshell":
        from sivo_support.local_binaries import psql_folder

        with contextlib.suppress(LocalStackError):
            os.environ["PATH"] += f"{os.pathsep}{psql_folder()}"


def _needs_database(command: str, options: list[str]) -> bool:
    if command.startswith("-") or "--help" in options or "-h" in options:
        return False
    if command == "check":
        return any(option.startswith(CHECK_OPTIONS_WITH_DATABASE) for option in options)
    return command not in COMMANDS_WITHOUT_DATABASE


if __name__ == "__main__":
    if sys.argv[1:] != ["forget"]:
        raise SystemExit("usage: python -m sivo_support.local_stack forget")
    _stack.forget()
