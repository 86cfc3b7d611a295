"""The test database, migrated once: every process, and every later run, begins with a copy of it.

Its name is a sum over all that migrating could look at, so a copy is what migrating would make.
"""

import gc
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from sivo_support import local_stack

# Of the lock under which one process makes it and the others wait; of this cluster alone.
_LOCK = 7_264_120
PACKAGES = ("sivo_support", "sla", "tickets")
# What is no cause of a table, a right or a row, and changes between two runs of one checkout.
_NO_CAUSE = frozenset({"SIVO_CHAOS", "SIVO_LOCAL_FSYNC", "SIVO_REWRITE_REFERENCE"})


def copy_of_the_template(connection: Any, name: str) -> list[tuple[Any, str, bool]]:
    """Makes the database `name` and has the connection use it; what `teardown_databases` wants.

    The connection must be the owner's.
    """
    from django.conf import settings

    usual = connection.settings_dict["NAME"]
    template = f"template_sivo_{sum_of_all_causes(local_stack.CHECKOUT)}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^template_sivo_'")
        found = {row[0] for row in cursor.fetchall()}
        for stale in found - {template}:
            cursor.execute(f'DROP DATABASE IF EXISTS "{stale}" WITH (FORCE)')
        if template not in found:
            _migrate(connection)
            # Only what is whole gets the name.
            cursor.execute(f'ALTER DATABASE "{name}" RENAME TO "{template}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    settings.DATABASES[connection.alias]["NAME"] = name
    connection.settings_dict["NAME"] = name
    return [(connection, usual, True)]


def migrated(connection: Any) -> list[tuple[Any, str, bool]]:
    """The same without a template, for a server that is not ours to leave one on."""
    from django.test.utils import setup_databases

    with _no_collecting():
        made: list[tuple[Any, str, bool]] = setup_databases(
            verbosity=0, interactive=False, serialized_aliases=[]
        )
    return made


def _migrate(connection: Any) -> None:
    usual = connection.settings_dict["NAME"]
    migrated(connection)
    connection.close()
    connection.settings_dict["NAME"] = usual


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Migrating makes every model anew for each step: a quarter of it is looking for garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def sum_of_all_causes(checkout: Path) -> str:
    """Every file of the service, the installed packages, the interpreter and the settings."""
    total = hashlib.sha256(f"{sys.version}\n".encode())
    for package in PACKAGES:
        for path in sorted((checkout / package).rglob("*")):
            if path.suffix != ".pyc" and path.is_file():
                name = os.fspath(path.relative_to(checkout))
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                total.update(f"{name} {content}\n".encode())
    total.update(Path(__file__).read_bytes())
    installed = Path(str(distribution("django").locate_file("")))
    for name in sorted(path.name for path in installed.glob("*-info")):
        total.update(f"{name}\n".encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith(("DATABASE_", "DJANGO_", "SIVO_")) and name not in _NO_CAUSE:
            total.update(f"{name}={value}\n".encode())
    return total.hexdigest()[:24]
