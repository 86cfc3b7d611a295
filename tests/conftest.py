"""A real Postgres for every test, used as the application's own restricted role."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("SIVO_LOCAL_FSYNC", "0")
os.environ.pop("DJANGO_DEBUG", None)

from sivo_support import local_stack

if not os.environ.get("DATABASE_URL"):
    local_stack.prepare(["test", *sys.argv[1:]])


# Begun last, each of them would leave the other process of a run without work.
LONG_FILES = frozenset(
    {
        "tests/journeys/test_bad_input.py",
        "tests/journeys/test_concurrency.py",
        "tests/journeys/test_crashes.py",
        "tests/journeys/test_escalation_chaos.py",
        "tests/journeys/test_mailbox_crashes.py",
        "tests/journeys/test_severity_learning.py",
        "tests/sivo_support/test_demo.py",
        "tests/sla/test_order.py",
        "tests/tickets/test_fetch_mail_command.py",
        "tests/tickets/test_severity.py",
        "tests/tickets/test_severity_weights.py",
    }
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, in the order in which they were shuffled."""
    items.sort(key=lambda item: item.nodeid.partition("::")[0] not in LONG_FILES)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: else the collector walks through all of it again and again."""
    gc.collect()
    gc.freeze()
    # Of the rest hardly anything is garbage: it is looked for seldom.
    gc.set_threshold(50_000, 20, 100)


def owner_settings() -> dict[str, Any]:
    """Who logs in as the owner of the test database."""
    import environ
    from django.conf import settings

    url = dict(environ.Env.db_url_config(settings.DATABASE_OWNER_URL))
    return {"USER": url.get("USER", ""), "PASSWORD": url.get("PASSWORD", "")}


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Makes and migrates the test database as the owner, then connects as the application."""
    from django.db import connections
    from django.test.utils import teardown_databases

    from tests.template_database import copy_of_the_template, migrated

    connection = connections["default"]
    # A name of its own for every process: two runs at once do not meet.
    name = connection.settings_dict["TEST"]["NAME"] = f"test_sivo_{os.getpid()}"
    application = {key: connection.settings_dict.get(key) for key in ("USER", "PASSWORD")}
    with django_db_blocker.unblock():
        connection.settings_dict.update(owner_settings())
        _drop_leftovers(connection)
        is_ours = not os.environ.get("DATABASE_URL")
        databases = copy_of_the_template(connection, name) if is_ours else migrated(connection)
        connection.close()
        connection.settings_dict.update(application)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.testcases.TransactionTestCase._fixture_teardown", _empty_tables)
        yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(owner_settings())
        teardown_databases(databases, verbosity=0)


def _drop_leftovers(connection: Any) -> None:
    """Drops the databases of test runs that were killed."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_sivo_[0-9]+$'")
        for (name,) in cursor.fetchall():
            if not Path(f"/proc/{name.rpartition('_')[2]}").exists():
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _empty_tables(_case: object) -> None:
    """Empties what a committing test wrote; only the owner may truncate the logs."""
    with owner_connection() as owner, owner.cursor() as cursor:
        from tests.snapshots import emptied_tables

        names = ", ".join(f'"{table}"' for table in emptied_tables())
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        cursor.execute("ALTER TABLE tickets_ticket ALTER COLUMN id RESTART WITH 1001")
    from sla.queries.escalation.policies import forget_book
    from sla.queries.hooks.subscribers import forget_subscribers

    forget_book()
    forget_subscribers()


def owner_connection() -> Any:
    """A psycopg connection to the test database as its owner; autocommit."""
    import psycopg
    from django.db import connection

    return psycopg.connect(
        host=connection.settings_dict["HOST"],
        port=connection.settings_dict["PORT"] or None,
        dbname=connection.settings_dict["NAME"],
        user=owner_settings()["USER"],
        password=owner_settings()["PASSWORD"] or None,
        autocommit=True,
    )


@pytest.fixture(autouse=True)
def _fast_passwords(settings: Any) -> None:
    """Nobody's real password is here to protect."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def terms(db: None) -> None:
    """The shipped terms, objectives and calendars, loaded."""
    from django.utils import timezone

    from sla.operations.terms.load_terms import load_terms
    from tests.snapshots import remembered

    def load() -> None:
        load_terms(now=timezone.now())

    remembered("terms", load)


@pytest.fixture
def smtp(settings: Any) -> Iterator[Any]:
    """A real mail server on this machine, without a fault until it gets one."""
    from tests.tickets.smtp_sink import mail_server

    with mail_server(settings) as sink:
        yield sink
