"""Who reads a mail folder: one fetcher at a time, whichever process it is in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_TAKE = "SELECT pg_try_advisory_lock(hashtextextended('tickets.mail_folder', %s))"
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtextextended('tickets.mail_folder', %s))"
# A host that vanishes without a word gives its locks back within a minute, not within hours.
_NOTICE_A_DEAD_HOST = """
    SELECT set_config('tcp_keepalives_idle', '30', false),
        set_config('tcp_keepalives_interval', '10', false),
        set_config('tcp_keepalives_count', '3', false)
"""


class FolderLocks:
    """The folders that this process reads, held by one database session of its own.

    The session, and so every lock, ends with the process. All threads share it: a mailbox does
    not cost a connection while it waits for mail. Raises Django's database errors.
    """

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._session: BaseDatabaseWrapper | None = None
        self._held: set[int] = set()

    def take(self, folder_id: int) -> bool:
        """Whether the folder is now ours; False while anybody reads it, this process included."""
        with self._guard:
            # The database lets a session take its own lock twice.
            if folder_id in self._held or not self._ask(_TAKE, folder_id):
                return False
            self._held.add(folder_id)
            return True

    def still_holds(self, folder_id: int) -> bool:
        """Whether it is ours: not if the session has been lost since, and others may read it."""
        with self._guard, suppress(Error):
            if folder_id in self._held:
                self._ask("SELECT true", None)
        return folder_id in self._held

    def give_back(self, folder_id: int) -> None:
        """Lets others read the folder."""
        with self._guard, suppress(Error):
            if folder_id in self._held:
                self._held.discard(folder_id)
                self._ask(_GIVE_BACK, folder_id)

    def close(self) -> None:
        """Gives everything back."""
        with self._guard:
            self._held.clear()
            if self._session is not None:
                self._session.close()
                self._session = None

    @contextmanager
    def holding(self, folder_id: int) -> Iterator[bool]:
        """True while the folder is ours, False when another fetcher reads it."""
        taken = self.take(folder_id)
        try:
            yield taken
        finally:
            if taken:
                self.give_back(folder_id)

    def _ask(self, query: str, key: int | None) -> bool:
        try:
            if self._session is None:
                self._session = connections[DEFAULT_DB_ALIAS].copy()
                self._session.inc_thread_sharing()
                _run(self._session, _NOTICE_A_DEAD_HOST, None)
            return _run(self._session, query, key)
        except Error:
            # Its locks are gone with it, whatever the reason was.
            self.close()
            raise


def _run(session: BaseDatabaseWrapper, query: str, key: int | None) -> bool:
    with session.cursor() as cursor:
        cursor.execute(query, None if key is None else [key])
        row = cursor.fetchone()
    return bool(row and row[0])
