"""The folders of the mailboxes: which there are, how far each was read, and what troubles it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import SystemRandom

from django.db import transaction
from django.db.models import Max

from tickets.domain.mail_checkpoint import Checkpoint
from tickets.domain.mail_trouble import MailTrouble
from tickets.domain.words import MailRole
from tickets.inbound.imap import OpenedFolder
from tickets.models import Mailbox, MailFolder

INBOX = "INBOX"
FIRST_RETRY_SECONDS = 5.0
LAST_RETRY_SECONDS = 600.0
_JITTER = 0.5
_random = SystemRandom().random


class FolderGone(Exception):
    """Somebody removed the mailbox, or read its folder on from where we are."""


def folders_of(mailbox: Mailbox) -> list[MailFolder]:
    """The folders that a mailbox is read from, the incoming one first; rows are made as needed.

    A folder that is named no more keeps its row: when it comes back it is read on, not again.
    """
    wanted = {_canonical(mailbox.folder): MailRole.RECEIVED}
    if mailbox.sent_folder:
        wanted.setdefault(_canonical(mailbox.sent_folder), MailRole.SENT)
    folders = []
    for name, role in wanted.items():
        folder, _ = MailFolder.objects.get_or_create(
            mailbox=mailbox, name=name, defaults={"role": role}
        )
        if folder.role != role:
            MailFolder.objects.filter(pk=folder.pk).update(role=role)
            folder.role = role
        folders.append(folder)
    return folders


def active_mailboxes() -> list[Mailbox]:
    """The mailboxes that are to be read, by name."""
    return list(
        Mailbox.objects.filter(source__is_active=True)
        .select_related("source")
        .order_by("source__name")
    )


def checkpoint_of(folder: MailFolder) -> Checkpoint:
    """What a row says of how far its folder was read."""
    return Checkpoint(
        uidvalidity=folder.uidvalidity or 0,
        last_uid=folder.last_uid,
        stock_uid=folder.stock_uid,
        recent=tuple(folder.recent_uids),
    )


@transaction.atomic
def begin_reading(*, folder_id: int, opened: OpenedFolder) -> tuple[MailFolder, Checkpoint]:
    """The folder as it is now stored, and from where it is read on. Raises FolderGone.

    When UIDVALIDITY has changed, everything is looked at again: known mails are recognised by
    their bytes. When the row is pointed at another account, it is a first import again.
    """
    folder = lock_folder(folder_id)
    account = f"{folder.mailbox.username}@{folder.mailbox.host.lower()}"
    if folder.account != account:
        if folder.account:
            folder.uidvalidity = folder.imported_at = folder.polled_at = None
        folder.account = account
        folder.save(update_fields=["account", "imported_at", "polled_at"])
    if folder.uidvalidity != opened.uidvalidity:
        folder.uidvalidity, folder.stock_uid = opened.uidvalidity, opened.highest_uid
        folder.last_uid, folder.recent_uids, folder.left_alone = 0, [], 0
        folder.save(
            update_fields=["uidvalidity", "stock_uid", "last_uid", "recent_uids", "left_alone"]
        )
    return folder, checkpoint_of(folder)


def lock_folder(folder_id: int) -> MailFolder:
    """The locked row, until the transaction ends. Raises FolderGone when there is none."""
    folder = (
        MailFolder.objects.select_for_update(of=("self",))
        .select_related("mailbox__source")
        .filter(pk=folder_id)
        .first()
    )
    if folder is None:
        raise FolderGone
    return folder


def end_reading(*, folder_id: int, looked_at: datetime) -> None:
    """Everything that the folder held at `looked_at` (UTC) has been dealt with."""
    MailFolder.objects.filter(pk=folder_id, imported_at=None).update(imported_at=looked_at)
    MailFolder.objects.filter(pk=folder_id).update(
        polled_at=looked_at, failures=0, error="", retry_at=None
    )


@transaction.atomic
def note_trouble(
    *,
    folder: MailFolder,
    trouble: MailTrouble,
    now: datetime,
    chance: Callable[[], float] = _random,
) -> datetime:
    """Writes down why a folder could not be read, and when it is tried again (returned, UTC).

    5 seconds at first, twice as long each time, 10 minutes at most; up to half as much again by
    `chance` (0 to 1), so that many mailboxes of one server do not all come at once. What troubles
    the whole mailbox makes its other folders wait too: a wrong password must not lock the account.
    """
    concerned = MailFolder.objects.filter(pk=folder.pk)
    if trouble.whole_mailbox:
        concerned = MailFolder.objects.filter(mailbox_id=folder.mailbox_id)
    failures = (concerned.aggregate(most=Max("failures"))["most"] or 0) + 1
    pause = FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 20)
    pause = min(LAST_RETRY_SECONDS, pause * (1 + _JITTER * chance()))
    retry_at = now + timedelta(seconds=pause)
    concerned.update(failures=failures, error=str(trouble), retry_at=retry_at)
    return retry_at


def forget_trouble(*, mailbox: Mailbox) -> None:
    """Its settings were mended: it is tried at once, not when its pause is over."""
    MailFolder.objects.filter(mailbox=mailbox).update(failures=0, retry_at=None)


def read_again(*, mailbox: Mailbox) -> None:
    """Looks at everything in its folders once more, such as after an earlier `starts_at`.

    Nothing comes twice: known mails are recognised by their bytes.
    """
    MailFolder.objects.filter(mailbox=mailbox).update(uidvalidity=None, imported_at=None)


def _canonical(name: str) -> str:
    # RFC 3501: INBOX alone is the same in any case.
    return INBOX if name.upper() == INBOX else name
