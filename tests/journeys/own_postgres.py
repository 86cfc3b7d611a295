"""An embedded PostgreSQL of one test's own, made to be killed; Django uses it meanwhile."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

from sivo_support.local_binaries import psql_folder
from sivo_support.local_folders import APP_ROLE, DATABASE, OWNER_ROLE, POSTGRES_PORT, Folders
from sivo_support.local_processes import stop
from sivo_support.local_servers import STOP_SECONDS, Servers, open_servers
from tests.conftest import owner_settings


@dataclass
class OwnPostgres:
    """A running server; call it from the main thread, with whose end the server ends."""

    servers: Servers
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """`kill -9` of the postmaster, and up again after it has recovered."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self._start()

    def restart(self) -> None:
        """As an operator does: connections are cut, and what was committed is written out."""
        stop(self.process, first=signal.SIGINT, seconds=STOP_SECONDS)
        self._start()

    def _start(self) -> None:
        self.process = self.servers.start_postgres()
        # The connection of this very process is broken too.
        connection.close()


@contextmanager
def own_postgres(root: Path) -> Iterator[OwnPostgres]:
    """A server with all that the test database holds; nothing of it is left afterwards."""
    folders = Folders(root=root, uid=os.geteuid())
    folders.make_run()
    try:
        with folders.log.open("ab", buffering=0) as log:
            servers = open_servers(folders, log)
            made = OwnPostgres(servers, servers.start_postgres())
            try:
                _copy_test_database(folders)
                with _used_by_django(folders):
                    yield made
            finally:
                # At once: nobody needs what it would still write.
                stop(made.process, first=signal.SIGQUIT, seconds=STOP_SECONDS)
    finally:
        for folder in {folders.home, folders.run}:
            shutil.rmtree(folder, ignore_errors=True)


def _copy_test_database(folders: Folders) -> None:
    """Schema, rights and the rows of migrations: many times faster than migrating again."""
    given, owner = connection.settings_dict, owner_settings()
    source = make_conninfo(
        host=given["HOST"],
        port=given["PORT"] or None,
        dbname=given["NAME"],
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
    )
    target = make_conninfo(
        host=os.fspath(folders.sockets), port=POSTGRES_PORT, dbname=DATABASE, user=OWNER_ROLE
    )
    dump = subprocess.run(
        [psql_folder() / "pg_dump", "--dbname", source], check=True, capture_output=True
    )
    subprocess.run(
        [
            *(psql_folder() / "psql", "--dbname", target, "--no-psqlrc", "--quiet"),
            *("--set", "ON_ERROR_STOP=1", "--single-transaction", "--output", os.devnull),
        ],
        check=True,
        input=dump.stdout,
    )


@contextmanager
def _used_by_django(folders: Folders) -> Iterator[None]:
    """As the application's role, like the processes that are started meanwhile."""
    usual = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        HOST=os.fspath(folders.sockets),
        PORT=str(POSTGRES_PORT),
        NAME=DATABASE,
        USER=APP_ROLE,
        PASSWORD="",
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)
