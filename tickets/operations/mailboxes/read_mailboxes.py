"""One reading of mail folders from outside: connect, read on, and write down what troubles it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import F, Q

from tickets.domain.mail_trouble import MailTrouble, OwnTrouble, TokenRefused
from tickets.inbound.imap import Timeouts, connect
from tickets.models import MailFolder
from tickets.operations.mailboxes.fetch_mailbox import fetch_folder
from tickets.operations.mailboxes.folder_locks import FolderLocks
from tickets.operations.mailboxes.keep_mails import Kept
from tickets.operations.mailboxes.mail_folders import (
    FolderGone,
    active_mailboxes,
    folders_of,
    note_trouble,
)
from tickets.operations.mailboxes.mailbox_login import account_of, tokens

logger = logging.getLogger(__name__)

# A fetcher that lives looks at its folders once per interval.
_STALE_AFTER = 2


class ReadState(StrEnum):
    """How a reading of a folder ended."""

    READ = "read"
    UNFINISHED = "unfinished"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRead:
    """One reading of a folder; `error` in words when it failed."""

    folder: MailFolder
    state: ReadState
    mails: Kept = field(default_factory=Kept)
    error: str = ""


def read_folder_once(
    *,
    folder: MailFolder,
    locks: FolderLocks,
    clock: Callable[[], datetime],
    on_kept: Callable[[], None],
    keep_going: Callable[[], bool] = lambda: True,
    timeouts: Timeouts | None = None,
) -> FolderRead:
    """Reads a folder on, unless another fetcher does; trouble is stored, not raised.

    Raises Django's database errors alone.
    """
    with locks.holding(folder.pk) as ours:
        if not ours:
            return FolderRead(folder=folder, state=ReadState.BUSY)
        try:
            account = account_of(folder.mailbox, now=clock())
            with connect(account, ca_file=settings.IMAP_CA_FILE, timeouts=timeouts) as connection:
                fetched = fetch_folder(
                    folder_id=folder.pk,
                    connection=connection,
                    clock=clock,
                    on_kept=on_kept,
                    keep_going=keep_going,
                )
        except FolderGone:
            return FolderRead(folder=folder, state=ReadState.BUSY)
        except (DatabaseError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001  (one mailbox must not stop the others)
            trouble = record_trouble(folder=folder, error=error, now=clock())
            return FolderRead(folder=folder, state=ReadState.FAILED, error=str(trouble))
    state = ReadState.READ if fetched.finished else ReadState.UNFINISHED
    return FolderRead(folder=folder, state=state, mails=fetched.mails)


def record_trouble(*, folder: MailFolder, error: Exception, now: datetime) -> MailTrouble:
    """Stores what went wrong with a folder, in words, with the time of the next attempt."""
    trouble = error if isinstance(error, MailTrouble) else OwnTrouble(type(error).__name__)
    if trouble is not error:
        logger.error("mailbox %s, folder %s", folder.mailbox_id, folder.name, exc_info=error)
    if isinstance(trouble, TokenRefused):
        tokens.forget(folder.mailbox)
    retry_at = note_trouble(folder=folder, trouble=trouble, now=now)
    logger.warning(
        "mailbox %s, folder %s: %s Next attempt at %s.",
        *(folder.mailbox_id, folder.name, " ".join(str(trouble).split()), retry_at.isoformat()),
    )
    return trouble


def stale_folders(*, now: datetime) -> list[MailFolder]:
    """The folders of active mailboxes that nobody has looked at for twice their interval and
    that are due, those that wait longest first.
    """
    wanted = [folder.pk for mailbox in active_mailboxes() for folder in folders_of(mailbox)]
    due = (
        MailFolder.objects.filter(pk__in=wanted)
        .filter(Q(retry_at=None) | Q(retry_at__lte=now))
        .select_related("mailbox__source")
        .order_by(F("polled_at").asc(nulls_first=True), "pk")
    )
    return [
        folder
        for folder in due
        if folder.polled_at is None
        or folder.polled_at < now - timedelta(seconds=_STALE_AFTER * folder.mailbox.poll_seconds)
    ]
