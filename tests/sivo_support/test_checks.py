"""What is looked at before a deployment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from sivo_support import local_stack
from sivo_support.checks import check_database_role, check_secrets_keys, check_support_addresses
from sla.checks import check_terms
from tests.conftest import owner_settings
from tickets.checks import check_severity_rules

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_the_applications_role_may_be_deployed() -> None:
    assert check_database_role() == []


@pytest.mark.django_db(transaction=True)
def test_a_role_that_owns_the_tables_may_not() -> None:
    application = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(owner_settings())
    try:
        (error,) = check_database_role()
    finally:
        connection.close()
        connection.settings_dict.update(application)
    assert error.id == "sivo.E003"
    assert "could rewrite the logs" in error.msg


@pytest.mark.parametrize("keys", [[], ["short"], [Fernet.generate_key().decode(), "x" * 44]])
def test_keys_that_cannot_encrypt_are_named(
    settings: pytest.FixtureRequest, keys: list[str]
) -> None:
    settings.SECRETS_KEYS = keys
    (error,) = check_secrets_keys()
    assert error.id == "sivo.E001"


def test_answers_need_a_sender(settings: pytest.FixtureRequest) -> None:
    settings.SUPPORT_ADDRESSES = []
    (error,) = check_support_addresses()
    assert error.id == "sivo.E002"


def test_the_shipped_terms_and_severity_rules_can_be_read() -> None:
    assert check_terms() == []
    assert check_severity_rules() == []


@pytest.mark.processes
@pytest.mark.django_db
def test_the_deployment_check_is_clean_under_production_settings() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={
            "PATH": os.environ["PATH"],
            "SIVO_PRODUCTION": "1",
            "DJANGO_SECRET_KEY": "a-key-of-the-tests-" + Fernet.generate_key().decode(),
            "SIVO_SECRETS_KEYS": Fernet.generate_key().decode(),
            "DJANGO_ALLOWED_HOSTS": "support.example",
            "EMAIL_URL": "smtp://mail.support.example",
            "DATABASE_URL": local_stack.database_url(
                local_stack.APP_ROLE, str(connection.settings_dict["NAME"])
            ),
            "REDIS_URL": local_stack.redis_url(),
        },
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
