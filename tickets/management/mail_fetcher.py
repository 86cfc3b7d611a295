"""The fetcher: one reader per folder of each active mailbox, kept in step with what is stored."""

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, connection

from tickets.management.mail_reader import FolderReader
from tickets.models import Mailbox
from tickets.operations.mailboxes.folder_locks import FolderLocks
from tickets.operations.mailboxes.mail_folders import active_mailboxes, folders_of, forget_trouble

logger = logging.getLogger(__name__)

# How soon a mailbox that was added, changed or switched off is noticed.
LOOK_SECONDS = 2.0
# Readers that work at the same time: each may hold a batch of mails and a database connection.
WORKING_AT_ONCE = 4
# Containers are killed 10 s after they were asked to stop.
STOP_SECONDS = 8.0

# What a mailbox is read with: when it changes, its readers start anew.
_SETTINGS = (
    *("host", "port", "security", "username", "login_kind", "password"),
    *("oauth_provider", "oauth_tenant", "oauth_client_id", "oauth_client_secret"),
    *("folder", "sent_folder", "starts_at", "poll_seconds"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A reader, and the settings that it was started with."""

    reader: FolderReader
    settings: tuple[object, ...] = field(repr=False)
    refresh_token: str = field(repr=False)

    def is_outdated(self, mailbox: Mailbox) -> bool:
        """A refresh token is no setting: providers renew it. But a new one may end a trouble."""
        if self.settings != _settings_of(mailbox):
            return True
        return self.reader.is_in_trouble and self.refresh_token != mailbox.oauth_refresh_token


@dataclass(slots=True, kw_only=True)
class Fetcher:
    """Runs until `stop` is set; `only` is the name of the one source that it reads."""

    stop: threading.Event
    only: str = ""
    _locks: FolderLocks = field(default_factory=FolderLocks, init=False)
    _slots: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(WORKING_AT_ONCE), init=False
    )
    _readings: dict[int, _Reading] = field(default_factory=dict, init=False)

    def run(self) -> None:
        """Returns when every reader has ended, or after 8 seconds: nothing depends on the rest."""
        while not self.stop.is_set():
            try:
                self._keep_in_step()
            except (DatabaseError, InterfaceError):
                logger.exception("the mailboxes could not be looked up")
            finally:
                connection.close()
            self.stop.wait(LOOK_SECONDS)
        self._end()

    def _keep_in_step(self) -> None:
        wanted: dict[int, Mailbox] = {}
        for mailbox in active_mailboxes():
            if self.only and mailbox.source.name != self.only:
                continue
            for folder in folders_of(mailbox):
                wanted[folder.pk] = mailbox
        for folder_id, reading in list(self._readings.items()):
            mailbox_now = wanted.get(folder_id)
            if mailbox_now is not None and not reading.is_outdated(mailbox_now):
                if reading.reader.is_alive():
                    continue
            elif mailbox_now is not None:
                forget_trouble(mailbox=mailbox_now)
            reading.reader.stop()
            del self._readings[folder_id]
        for folder_id, mailbox in wanted.items():
            if folder_id not in self._readings:
                self._start(folder_id, mailbox)

    def _start(self, folder_id: int, mailbox: Mailbox) -> None:
        reader = FolderReader(
            folder_id=folder_id, name=mailbox.source.name, locks=self._locks, slots=self._slots
        )
        self._readings[folder_id] = _Reading(
            reader=reader,
            settings=_settings_of(mailbox),
            refresh_token=mailbox.oauth_refresh_token,
        )
        reader.start()

    def _end(self) -> None:
        for reading in self._readings.values():
            reading.reader.stop()
        ends_at = time.monotonic() + STOP_SECONDS
        for reading in self._readings.values():
            reading.reader.join(max(0.0, ends_at - time.monotonic()))
        self._locks.close()


def _settings_of(mailbox: Mailbox) -> tuple[object, ...]:
    return tuple(getattr(mailbox, name) for name in _SETTINGS)
