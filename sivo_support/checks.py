"""Checks before a deployment: keys that work, and a database role that cannot rewrite history."""

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseError
from django.db import connection


@register(Tags.security)
def check_secrets_keys(**_: Any) -> Sequence[CheckMessage]:
    """Every key must be one that Fernet takes."""
    bad = [number for number, key in enumerate(settings.SECRETS_KEYS, 1) if not _is_key(key)]
    if settings.SECRETS_KEYS and not bad:
        return []
    what = f"Key {bad[0]} of" if bad else "There is no key in"
    return [
        Error(
            f"{what} SIVO_SECRETS_KEYS is not usable.",
            hint="Make one: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'",
            id="sivo.E001",
        )
    ]


@register(Tags.security)
def check_support_addresses(**_: Any) -> Sequence[CheckMessage]:
    """Answers need an address to come from."""
    if settings.SUPPORT_ADDRESSES and all("@" in each for each in settings.SUPPORT_ADDRESSES):
        return []
    return [
        Error(
            "SIVO_SUPPORT_ADDRESSES must name at least one e-mail address.",
            hint="The first one is the sender of our answers: support@example.com",
            id="sivo.E002",
        )
    ]


@register(Tags.security, deploy=True)
def check_database_role(**_: Any) -> Sequence[CheckMessage]:
    """The application's role may own nothing: an owner could rewrite the logs (D5)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, rolsuper, (SELECT count(*) FROM pg_tables "
                "WHERE tableowner = current_user AND schemaname = 'public') "
                "FROM pg_roles WHERE rolname = current_user"
            )
            role, is_superuser, owned = cursor.fetchone()
    except DatabaseError as error:
        return [
            Warning(
                f"The database role could not be checked: {type(error).__name__}.",
                hint="Run this check where DATABASE_URL is reachable.",
                id="sivo.W001",
            )
        ]
    if not is_superuser and not owned:
        return []
    why = "is a superuser" if is_superuser else f"owns {owned} tables"
    return [
        Error(
            f"The application's database role {role} {why}: it could rewrite the logs.",
            hint="Migrate as another role (DATABASE_OWNER_URL) and give the application one "
            "that owns nothing.",
            id="sivo.E003",
        )
    ]


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
