"""Starts, prepares and stops one PostgreSQL and one Redis on Unix sockets."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from sivo_support.local_binaries import SERVER_ENVIRONMENT, Binaries, find_binaries
from sivo_support.local_folders import (
    APP_ROLE,
    OWNER_ROLE,
    POSTGRES_PORT,
    SUPERUSER,
    Folders,
    LocalStackError,
    own_folder,
)
from sivo_support.local_processes import ServerUser, invoking_user, server_user, spawn, stop
from sivo_support.local_roles import prepare_database

START_SECONDS = 60.0
STOP_SECONDS = 15.0
PAUSE_SECONDS = 0.02
LOG_TAIL_BYTES = 1500
ATTEMPTS = 5
# The children of a killed server hold its memory for a moment longer.
SHARED_MEMORY_IN_USE = "pre-existing shared memory block"

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "port": str(POSTGRES_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}


@dataclass(frozen=True)
class Servers:
    """The two servers of one checkout; made by the supervisor's main thread alone."""

    folders: Folders
    user: ServerUser
    binaries: Binaries
    log: IO[bytes]
    fsync: bool

    def start_postgres(self) -> subprocess.Popen[bytes]:
        """Running and with its roles and database, whatever state the last one left behind."""
        data = self._data_folder()
        if not (data / "PG_VERSION").exists():
            self._initialise(data)
        self._catch_up_on_syncing(data)
        settings = self._write_settings()
        for attempt in range(ATTEMPTS):
            self._clear_postmaster_pid(data)
            child = spawn(
                [self.binaries.postgres / "postgres", "-D", data, f"--config-file={settings}"],
                death_signal=signal.SIGINT,  # a fast and clean shutdown
                env=SERVER_ENVIRONMENT,
                cwd=Path("/"),
                output=self.log.fileno(),
                user=self.user,
            )
            if self._wait(child, self._postgres_answers):
                return child
            if SHARED_MEMORY_IN_USE not in self._end_of_log():
                break
            time.sleep(0.3 * (attempt + 1))
        raise self._failure("PostgreSQL")

    def start_redis(self) -> subprocess.Popen[bytes]:
        """Running, with nothing on disk: losing it loses nothing."""
        child = spawn(
            [
                self.binaries.redis_server,
                *("--port", "0", "--unixsocket", self.folders.redis_socket),
                *("--unixsocketperm", "700", "--dir", self.folders.sockets),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            ],
            death_signal=signal.SIGTERM,
            env=SERVER_ENVIRONMENT,
            cwd=Path("/"),
            output=self.log.fileno(),
            user=self.user,
        )
        if not self._wait(child, self._redis_answers):
            raise self._failure("Redis")
        return child

    def _data_folder(self) -> Path:
        """The major version is in the name: another one never opens this data."""
        return self.folders.home / "postgres-18"

    def _initialise(self, data: Path) -> None:
        """In a draft folder: an interrupted `initdb` leaves nothing that looks whole."""
        draft = data.with_suffix(".new")
        if draft.exists():
            shutil.rmtree(draft)
        if data.exists() and not any(data.iterdir()):
            data.rmdir()
        own_folder(draft, mode=0o700, uid=self.user.uid)
        self._initdb(
            *("-D", draft, "-U", SUPERUSER, "--auth=peer", "--no-instructions"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"),
            *(() if self.fsync else ("--no-sync",)),
        )
        draft.rename(data)

    def _catch_up_on_syncing(self, data: Path) -> None:
        """A run without fsync (tests) leaves files that no later checkpoint would write out."""
        mark = data.with_suffix(".unsynced")
        if not self.fsync:
            mark.touch()
        elif mark.exists():
            self._initdb("--sync-only", "-D", data)
            mark.unlink()

    def _initdb(self, *arguments: str | Path) -> None:
        child = spawn(
            [self.binaries.postgres / "initdb", *arguments],
            death_signal=signal.SIGKILL,
            env=SERVER_ENVIRONMENT,
            cwd=Path("/"),
            output=self.log.fileno(),
            user=self.user,
        )
        if child.wait(START_SECONDS) != 0:
            raise self._failure("initdb")

    def _write_settings(self) -> Path:
        """Ours to write and the server's to read; written anew at every start."""
        folder = own_folder(
            self.folders.run / "etc",
            mode=0o700 if self.user.uid == self.folders.uid else 0o755,
            uid=self.folders.uid,
        )
        # Peer: the kernel says who calls. Nobody but the user who started the stack gets in.
        caller = invoking_user().name.replace('"', '""')
        roles = (SUPERUSER, OWNER_ROLE, APP_ROLE)
        files = {
            "pg_hba.conf": "local all all peer map=sivo\n",
            "pg_ident.conf": "".join(f'sivo "{caller}" {role}\n' for role in roles),
            "postgresql.conf": "".join(
                f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n"
                for name, value in {
                    **POSTGRES_SETTINGS,
                    "unix_socket_directories": str(self.folders.sockets),
                    "hba_file": str(folder / "pg_hba.conf"),
                    "ident_file": str(folder / "pg_ident.conf"),
                    "fsync": "on" if self.fsync else "off",
                }.items()
            ),
        }
        for name, text in files.items():
            path = folder / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o644)
        return folder / "postgresql.conf"

    def _clear_postmaster_pid(self, data: Path) -> None:
        """A stale file is no matter unless its number belongs to another process by now."""
        path = data / "postmaster.pid"
        deadline = time.monotonic() + STOP_SECONDS
        while (pid := _first_number(path)) is not None and _is_running(pid):
            if not _is_postgres(pid, data):
                path.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise LocalStackError(
                    f"Another PostgreSQL (process {pid}) still uses {data}: stop it and try again."
                )
            time.sleep(PAUSE_SECONDS * 5)

    def _wait(self, child: subprocess.Popen[bytes], answers: Callable[[], bool]) -> bool:
        """True once it answers; False when it ended or did not answer in time."""
        deadline = time.monotonic() + START_SECONDS
        while child.poll() is None:
            if answers():
                return True
            if time.monotonic() > deadline:
                stop(child, first=signal.SIGINT, seconds=STOP_SECONDS)
                break
            time.sleep(PAUSE_SECONDS)
        return False

    def _postgres_answers(self) -> bool:
        if not self.folders.postgres_socket.exists():
            return False
        try:
            prepare_database(self.folders)
        except psycopg.OperationalError:
            return False  # still starting, or a socket left behind
        return True

    def _redis_answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(1)
            try:
                caller.connect(os.fspath(self.folders.redis_socket))
                caller.sendall(b"PING\r\n")
                return caller.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def _failure(self, what: str) -> LocalStackError:
        return LocalStackError(
            f"{what} does not start. The end of {self.folders.log}:\n{self._end_of_log()}"
        )

    def _end_of_log(self) -> str:
        with self.folders.log.open("rb") as log:
            log.seek(max(0, self.folders.log.stat().st_size - LOG_TAIL_BYTES))
            return log.read().decode(errors="replace").strip()


def open_servers(folders: Folders, log: IO[bytes]) -> Servers:
    """Checks what must hold before anything starts: user, folders, lengths, programs."""
    folders.check_lengths()
    user = server_user()
    folders.make_run()
    own_folder(folders.sockets, mode=0o700, uid=user.uid)
    for left in folders.sockets.iterdir():
        left.unlink()
    fsync = os.environ.get("SIVO_LOCAL_FSYNC", "1") != "0"
    return Servers(folders, user, find_binaries(folders, user), log, fsync)


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_bytes().split(b"\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_postgres(pid: int, data: Path) -> bool:
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
