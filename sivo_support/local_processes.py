"""Children that die with their parent, and the user that the embedded servers run as."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sivo_support.local_folders import LocalStackError

PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child of a threaded parent must not take the loader's lock.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ServerUser:
    """A user of this machine, by its numbers and its name."""

    uid: int
    gid: int
    name: str


def invoking_user() -> ServerUser:
    """The user who runs this process: the only one whom the embedded Postgres lets in."""
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise LocalStackError(
            f"User {os.geteuid()} has no name on this machine, and Postgres insists on one: "
            "add a line to /etc/passwd, or set DATABASE_URL and REDIS_URL."
        ) from error
    return ServerUser(entry.pw_uid, entry.pw_gid, entry.pw_name)


def server_user() -> ServerUser:
    """Who runs the servers: ourselves, or an unprivileged user when we are root.

    Postgres refuses to run as root, and as a user without a name.
    """
    if os.geteuid() != 0:
        return invoking_user()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return ServerUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise LocalStackError("No user `postgres` or `nobody`: Postgres cannot run as root. Add one.")


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the signal when the *thread* that forked ends.

    It must come after every change of user, which clears it (Popen's `user=` runs before).
    """
    parent = os.getpid()

    def in_the_child() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it went before we asked
            os._exit(1)

    return in_the_child


def follow_parent(death_signal: signal.Signals = signal.SIGTERM) -> None:
    """Makes this very process end with the one that started it, such as `make`.

    Call it from the main thread, early: a parent that has gone before is not noticed.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def spawn(
    argv: Sequence[str | Path],
    *,
    death_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | int | None = None,
    user: ServerUser | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a child that gets `death_signal` when this thread or process ends, even by kill -9.

    It leads a process group of its own, so that Ctrl-C reaches only the parent, who then stops
    its children in order. `user` changes only when root asks for another one.
    """
    other = user if user is not None and user.uid != os.geteuid() else None
    return subprocess.Popen(
        [os.fspath(part) for part in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=None if env is None else dict(env),
        cwd=cwd,
        preexec_fn=die_with_parent(death_signal),  # noqa: PLW1509 - prctl alone, no lock taken
        process_group=0,
        user=None if other is None else other.uid,
        group=None if other is None else other.gid,
        extra_groups=None if other is None else [],
    )


def stop(child: subprocess.Popen[bytes], *, first: signal.Signals, seconds: float) -> None:
    """Asks, waits, and at last kills. The child is reaped when this returns."""
    if child.poll() is None:
        child.send_signal(first)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
