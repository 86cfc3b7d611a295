"""The rights of the application's database role: it owns nothing and only adds to the logs."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

_ALL = "SELECT, INSERT, UPDATE, DELETE"
_APPEND = "SELECT, INSERT"
# Read by readiness, written by the owner alone.
_READ = "SELECT"


def append_only_tables() -> frozenset[str]:
    """The tables of the models that are marked append-only."""
    return frozenset(
        model._meta.db_table  # noqa: SLF001  (Django documents it)
        for model in apps.get_models()
        if getattr(model, "append_only", False)
    )


def grant_after_migrate(sender: Any, using: str = "default", **_: Any) -> None:
    """Grants anew after the last app's migration; idempotent, run as the owning role."""
    role = settings.DATABASE_APP_ROLE
    # Every table exists before the first of these signals; the apps without models send none.
    if sender.name != "sla" or not role:
        return
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role]
        )
        current, exists = cursor.fetchone()
        if current == role or not exists:
            return
        quoted = connection.ops.quote_name(role)
        logs = append_only_tables()
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        for table in connection.introspection.table_names(cursor):
            rights = _APPEND if table in logs else _READ if table == "django_migrations" else _ALL
            name = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM {quoted}")
            cursor.execute(f"GRANT {rights} ON {name} TO {quoted}")
