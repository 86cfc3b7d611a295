"""One mail folder, watched by one thread for as long as the fetcher lives."""

import logging
import threading
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from tickets.inbound.imap import Connection, connect
from tickets.models import MailFolder
from tickets.operations.mailboxes.fetch_mailbox import fetch_folder
from tickets.operations.mailboxes.folder_locks import FolderLocks
from tickets.operations.mailboxes.mail_folders import FolderGone
from tickets.operations.mailboxes.mailbox_login import account_of
from tickets.operations.mailboxes.read_mailboxes import record_trouble
from tickets.tasks import wake_up

logger = logging.getLogger(__name__)

# How often a fetcher that stands by asks whether the other one is still there.
STAND_BY_SECONDS = 3.0


class FolderReader(threading.Thread):
    """Reads a folder on whenever something is new in it, until it is stopped.

    `slots` bounds how many readers work at a time, and so the mails in memory and the
    connections to the database. A daemon: what it leaves undone is done by the next one.
    """

    def __init__(
        self, *, folder_id: int, name: str, locks: FolderLocks, slots: threading.BoundedSemaphore
    ) -> None:
        super().__init__(name=f"{name}/{folder_id}", daemon=True)
        self.folder_id = folder_id
        self.is_in_trouble = False
        self._locks, self._slots = locks, slots
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Asks it to end after the batch at hand; returns at once."""
        self._stopped.set()

    def run(self) -> None:
        """Lives from one connection to the next."""
        while not self._stopped.is_set():
            try:
                pause = self._live()
            except (DatabaseError, InterfaceError):
                logger.exception("%s: the database could not take it", self.name)
                pause = STAND_BY_SECONDS
            finally:
                # Opened by this thread, closed by this thread: nobody else can.
                connection.close()
            self._stopped.wait(pause)

    def _live(self) -> float:
        """One connection, from log-in to its end; the seconds until the next attempt."""
        folder = self._folder()
        if folder is None:
            self._stopped.set()
            return 0.0
        if (left := _seconds_until(folder.retry_at)) > 0:
            # Not longer: somebody may mend it meanwhile.
            return min(left, STAND_BY_SECONDS)
        with self._locks.holding(folder.pk) as ours:
            if not ours:
                return STAND_BY_SECONDS
            try:
                self._follow(folder)
            except (DatabaseError, InterfaceError):
                raise
            except FolderGone:
                return 0.0
            except Exception as error:  # noqa: BLE001  (a thread that dies reads no mail)
                self.is_in_trouble = True
                record_trouble(folder=folder, error=error, now=timezone.now())
        return 0.0

    def _follow(self, folder: MailFolder) -> None:
        account = account_of(folder.mailbox, now=timezone.now())
        # Nothing of the database is needed while the server is reached.
        connection.close()
        with connect(account, ca_file=settings.IMAP_CA_FILE) as mailbox:
            while not self._stopped.is_set() and self._locks.still_holds(folder.pk):
                self._read_on(mailbox)
                mailbox.wait(folder.mailbox.poll_seconds, is_over=self._stopped.is_set)

    def _read_on(self, mailbox: Connection) -> None:
        with self._slots:
            try:
                fetch_folder(
                    folder_id=self.folder_id,
                    connection=mailbox,
                    clock=timezone.now,
                    on_kept=wake_up,
                    keep_going=lambda: not self._stopped.is_set(),
                )
            finally:
                connection.close()
        self.is_in_trouble = False

    def _folder(self) -> MailFolder | None:
        return (
            MailFolder.objects.select_related("mailbox__source")
            .filter(pk=self.folder_id, mailbox__source__is_active=True)
            .first()
        )


def _seconds_until(instant: datetime | None) -> float:
    return (instant - timezone.now()).total_seconds() if instant else 0.0
