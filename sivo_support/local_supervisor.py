"""Keeps the embedded servers running for as long as somebody holds a lease."""

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sivo_support.local_folders import Folders, LocalStackError
from sivo_support.local_processes import stop
from sivo_support.local_servers import STOP_SECONDS, Servers, open_servers
from sivo_support.local_stack import LEAVE, READY

LOCK_SECONDS = 40.0
LOG_LIMIT_BYTES = 2_000_000
RESTARTS = 5
RESTART_WINDOW_SECONDS = 60.0


@dataclass
class Supervisor:
    """One per checkout and user; single-threaded, because the children die with its thread."""

    servers: Servers
    grace_seconds: float
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    leases: set[socket.socket] = field(default_factory=set)
    stopping: bool = False
    leaver: socket.socket | None = None
    restarts: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS))

    @property
    def starters(self) -> dict[str, Callable[[], subprocess.Popen[bytes]]]:
        """How each server is started."""
        return {"postgres": self.servers.start_postgres, "redis": self.servers.start_redis}

    def start(self) -> None:
        """Both servers answer when this returns."""
        for name, starter in self.starters.items():
            self.children[name] = starter()

    def stop(self) -> None:
        """Redis first: nothing in it matters."""
        for name, first in (("redis", signal.SIGTERM), ("postgres", signal.SIGINT)):
            if name in self.children:
                stop(self.children[name], first=first, seconds=STOP_SECONDS)

    def watch(self, listener: socket.socket) -> None:
        """Returns when the last lease has been gone for the time of grace, or on a signal."""
        with selectors.DefaultSelector() as selector, self._woken_by_signals() as wake:
            selector.register(wake, selectors.EVENT_READ)
            selector.register(listener, selectors.EVENT_READ)
            last_lease = time.monotonic()
            while not self.stopping:
                self._mend()
                if self.leases:
                    last_lease = time.monotonic()
                left = last_lease + self.grace_seconds - time.monotonic()
                if left <= 0:
                    return
                for key, _ in selector.select(None if self.leases else left):
                    if key.fileobj is wake:
                        wake.recv(4096)
                    elif key.fileobj is listener:
                        self._accept(listener, selector)
                    elif isinstance(key.fileobj, socket.socket):
                        self._hear(key.fileobj, selector)

    @contextlib.contextmanager
    def _woken_by_signals(self) -> Iterator[socket.socket]:
        """Readable after a signal, the death of a child included."""
        wake, waker = socket.socketpair()
        waker.setblocking(False)  # noqa: FBT003 - no keyword exists
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler nothing wakes us
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._on_signal)
        with wake, waker:
            signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
            try:
                yield wake
            finally:
                signal.set_wakeup_fd(-1)

    def _on_signal(self, *_: object) -> None:
        self.stopping = True

    def _accept(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        self._mend()
        lease, _ = listener.accept()
        self.leases.add(lease)
        selector.register(lease, selectors.EVENT_READ)
        with contextlib.suppress(OSError):  # gone already: its end is read next
            lease.sendall(READY)

    def _hear(self, lease: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            heard = lease.recv(64)
        except OSError:
            heard = b""
        if heard and heard != LEAVE:
            return
        selector.unregister(lease)
        self.leases.discard(lease)
        if heard == LEAVE and not self.leases:
            self.stopping = True
            self.leaver = lease  # stays open until we are gone: the leaver waits for its end
            return
        lease.close()

    def _mend(self) -> None:
        """Starts a dead server again, but not one that keeps dying."""
        for name, starter in self.starters.items():
            if self.children[name].poll() is None:
                continue
            now = time.monotonic()
            if len(self.restarts) == RESTARTS and now - self.restarts[0] < RESTART_WINDOW_SECONDS:
                raise LocalStackError(f"{name} keeps dying: see {self.servers.folders.log}.")
            self.restarts.append(now)
            self.children[name] = starter()


def serve(folders: Folders, status: int, *, grace_seconds: float) -> None:
    """Runs the servers in this process until they are not needed.

    Writes nothing to the file descriptor `status` when they are ready, else what is wrong,
    and closes it.
    """
    try:
        with _open_log(folders) as log, _only_one(folders):
            supervisor = Supervisor(open_servers(folders, log), grace_seconds=grace_seconds)
            try:
                supervisor.start()
                with _listen(folders) as listener:
                    os.close(status)
                    status = -1
                    supervisor.watch(listener)
                    folders.lease_socket.unlink(missing_ok=True)
            finally:
                supervisor.stop()
    except Exception as error:
        if status >= 0:
            os.write(status, str(error).encode()[:4000] or b"unknown")
            os.close(status)
        raise


def _open_log(folders: Folders) -> IO[bytes]:
    """Our own standard output goes there too: nobody else reads it."""
    path = folders.log
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    log = os.fdopen(os.open(path, flags, 0o600), "ab", buffering=0)
    if path.stat().st_size > LOG_LIMIT_BYTES:
        log.truncate(0)
    os.dup2(log.fileno(), sys.stdout.fileno())
    os.dup2(log.fileno(), sys.stderr.fileno())
    return log


@contextlib.contextmanager
def _only_one(folders: Folders) -> Iterator[None]:
    """Waits for one that is stopping; the kernel lifts the lock of one that is killed."""
    path = folders.supervisor_lock
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LocalStackError(
                        f"Another supervisor holds {path}: stop the commands that use it."
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _listen(folders: Folders) -> socket.socket:
    folders.lease_socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(os.fspath(folders.lease_socket))
    finally:
        os.umask(before)
    listener.listen(256)
    return listener


def main(arguments: list[str]) -> None:
    """`ROOT STATUS_FD GRACE`: goes into the background at once."""
    root, status, grace = arguments
    if os.fork():
        os._exit(0)  # the client reaps us now and waits for the status instead
    os.setsid()
    serve(Folders(root=Path(root), uid=os.geteuid()), int(status), grace_seconds=float(grace))


if __name__ == "__main__":
    main(sys.argv[1:])
