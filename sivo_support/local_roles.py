"""The two roles and the database of the embedded PostgreSQL."""

import os
from typing import LiteralString

import psycopg
from psycopg import sql

from sivo_support.local_folders import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    POSTGRES_PORT,
    SUPERUSER,
    Folders,
)

# The owner may act as the application: for tests of what the latter may not do.
CREATE: tuple[tuple[str, LiteralString], ...] = (
    (f"role {APP_ROLE}", "CREATE ROLE {app} LOGIN"),
    (f"role {OWNER_ROLE}", "CREATE ROLE {owner} LOGIN CREATEDB IN ROLE {app}"),
    (f"database {DATABASE}", "CREATE DATABASE {database} OWNER {owner}"),
)
GRANT: tuple[LiteralString, ...] = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {app}",
)


def prepare_database(folders: Folders) -> None:
    """Makes what is missing; raises psycopg.OperationalError while nobody answers.

    The application's role owns nothing and may create nothing; the owner's migrates and makes
    test databases. Rights on tables come with the migrations.
    """
    with psycopg.connect(
        host=os.fspath(folders.sockets),
        port=POSTGRES_PORT,
        user=SUPERUSER,
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    ) as connection:
        found = connection.execute(
            "SELECT 'role ' || rolname FROM pg_roles"
            " UNION ALL SELECT 'database ' || datname FROM pg_database"
        ).fetchall()
        names = {row[0] for row in found}
        commands = [command for name, command in CREATE if name not in names]
        for command in (*commands, *GRANT):
            connection.execute(
                sql.SQL(command).format(
                    app=sql.Identifier(APP_ROLE),
                    owner=sql.Identifier(OWNER_ROLE),
                    database=sql.Identifier(DATABASE),
                )
            )
