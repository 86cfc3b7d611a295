"""A real Postgres for every test, used as the application's own restricted role."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("SIVO_LOCAL_FSYNC", "0")
os.environ.pop("DJANGO_DEBUG", None)

from sivo_support import local_stack  # noqa: E402

if not os.environ.get("DATABASE_URL"):
    local_stack.prepare(["test", *sys.argv[1:]])


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Makes and migrates the test database as the owner, then connects as the application."""
    from django.conf import settings
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    connection = connections["default"]
    app = {key: connection.settings_dict.get(key) for key in ("USER", "PASSWORD")}
    owner = settings.DATABASES["default"] | local_stack_owner()
    with django_db_blocker.unblock():
        connection.settings_dict.update(owner_login(owner))
        databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        connection.close()
        connection.settings_dict.update(app)
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(owner_login(owner))
        teardown_databases(databases, verbosity=0)


def local_stack_owner() -> dict[str, Any]:
    """The owner's connection as Django's settings name it."""
    import environ
    from django.conf import settings

    return dict(environ.Env.db_url_config(settings.DATABASE_OWNER_URL))


def owner_login(owner: dict[str, Any]) -> dict[str, Any]:
    """Only who logs in: the database's name stays that of the test."""
    return {"USER": owner.get("USER", ""), "PASSWORD": owner.get("PASSWORD", "")}
