"""Reading a mail folder on from its checkpoint: in order, in bounded batches, losing nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.domain.mail_checkpoint import Checkpoint
from tickets.domain.mail_trouble import ConnectionLost, ServerRefused
from tickets.inbound.email.limits import MAX_BYTES
from tickets.inbound.imap import Connection, FetchedMail, Outline
from tickets.models import MailFolder
from tickets.operations.mailboxes.keep_mails import Kept, keep_mails
from tickets.operations.mailboxes.mail_folders import begin_reading, end_reading

# What one FETCH may bring into memory; one mail alone may have 25 MB.
BATCH_BYTES = 8 * 1024 * 1024
BATCH_MAILS = 50
_OUTLINED_AT_ONCE = 500
# A mail that makes its server hang up must not stop its folder for ever: with the pauses between
# the attempts this is a quarter of an hour. Which mail of which folder, and how often; a process
# that starts anew is patient again.
_PATIENCE = 8
_hung_up: dict[int, tuple[int, int]] = {}
_TOO_LARGE = (
    "The mail has {size} bytes; the limit is {limit} (25 MB). Only its header was fetched: "
    "the whole mail is still in the mailbox, folder {folder}, UID {uid}."
)
_WITHHELD = (
    "The mail server lists this mail but does not hand it out. It is still in the mailbox, "
    "folder {folder}, UID {uid}; when that is mended, have the mailbox read again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one reading of a folder brought; `finished` when nothing is left for the next one."""

    mails: Kept
    finished: bool


def fetch_folder(
    *,
    folder_id: int,
    connection: Connection,
    clock: Callable[[], datetime],
    on_kept: Callable[[], None] = lambda: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Fetched:
    """Keeps every mail that came into a folder since it was last read.

    Each batch is stored together with the checkpoint, so that a fetcher that dies anywhere loses
    and doubles nothing. `on_kept` is called after each batch with something new in it, outside
    of any transaction; `keep_going` is asked between batches. Raises MailTrouble, FolderGone.
    """
    looked_at = clock()
    name = MailFolder.objects.filter(pk=folder_id).values_list("name", flat=True).first()
    opened = connection.open(name or "")
    folder, point = begin_reading(folder_id=folder_id, opened=opened)
    total = Kept()
    for listed in connection.uids_after(point.floor, opened):
        unseen = point.unseen(listed)
        for at in range(0, len(unseen), _OUTLINED_AT_ONCE):
            for batch in _batches(folder, unseen[at : at + _OUTLINED_AT_ONCE], connection):
                if not keep_going():
                    return Fetched(mails=total, finished=False)
                kept, point = _take(folder, point, batch, connection, clock)
                total += kept
                if kept.kept:
                    on_kept()
    end_reading(folder_id=folder_id, looked_at=looked_at)
    return Fetched(mails=total, finished=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """UIDs that follow each other, and what is to be done about each."""

    uids: tuple[int, ...]
    wanted: tuple[Outline, ...]
    too_large: tuple[Outline, ...]
    not_outlined: tuple[int, ...]
    left_alone: int


def _batches(folder: MailFolder, uids: Sequence[int], connection: Connection) -> Iterator[_Batch]:
    """Ascending, so that a checkpoint after each of them skips nothing."""
    outlines = {outline.uid: outline for outline in connection.outlines(uids)}
    start = size = count = 0
    for at, uid in enumerate(uids):
        outline = outlines.get(uid)
        if outline is None or outline.size > MAX_BYTES or _is_left_alone(folder, outline):
            continue
        most = 1 if folder.pk in _hung_up else BATCH_MAILS
        if count and (size + outline.size > BATCH_BYTES or count >= most):
            yield _batch(folder, uids[start:at], outlines)
            start, size, count = at, 0, 0
        size, count = size + outline.size, count + 1
    if uids[start:]:
        yield _batch(folder, uids[start:], outlines)


def _batch(folder: MailFolder, uids: Sequence[int], outlines: dict[int, Outline]) -> _Batch:
    outlined = [outlines[uid] for uid in uids if uid in outlines]
    taken = [outline for outline in outlined if not _is_left_alone(folder, outline)]
    return _Batch(
        uids=tuple(uids),
        wanted=tuple(outline for outline in taken if outline.size <= MAX_BYTES),
        too_large=tuple(outline for outline in taken if outline.size > MAX_BYTES),
        not_outlined=tuple(uid for uid in uids if uid not in outlines),
        left_alone=len(outlined) - len(taken),
    )


def _is_left_alone(folder: MailFolder, outline: Outline) -> bool:
    """Old mail that was there before us. What comes later is taken, however old it says it is:
    a date must not silence a mail.
    """
    return (
        outline.uid <= folder.stock_uid
        and outline.internaldate is not None
        # To the second, as the servers count.
        and outline.internaldate < folder.mailbox.starts_at.replace(microsecond=0)
    )


def _take(
    folder: MailFolder,
    point: Checkpoint,
    batch: _Batch,
    connection: Connection,
    clock: Callable[[], datetime],
) -> tuple[Kept, Checkpoint]:
    mails = _patiently(folder, batch.wanted, connection)
    mails += [
        mail
        for outline in batch.too_large
        if (mail := connection.header(outline, _too_large(folder, outline))) is not None
    ]
    mails += [
        _withheld(folder, Outline(uid=uid, size=0, internaldate=None, savedate=None))
        for uid in sorted(connection.still_there(batch.not_outlined))
    ]
    return keep_mails(
        folder=folder,
        expected=point,
        uids=batch.uids,
        mails=mails,
        left_alone=batch.left_alone,
        now=clock(),
    )


def _patiently(
    folder: MailFolder, wanted: Sequence[Outline], connection: Connection
) -> list[FetchedMail]:
    """The mails; one at whose fetch the server has hung up again and again is quarantined."""
    if not wanted:
        return []
    first = wanted[0].uid
    suspect, times = _hung_up.get(folder.pk, (0, 0))
    if suspect == first and times >= _PATIENCE and len(wanted) == 1:
        mails = [_withheld(folder, wanted[0])]
    else:
        try:
            mails = _whole(folder, wanted, connection)
        except ConnectionLost:
            _hung_up[folder.pk] = (first, times + 1 if suspect == first else 1)
            raise
    _hung_up.pop(folder.pk, None)
    return mails


def _whole(
    folder: MailFolder, wanted: Sequence[Outline], connection: Connection
) -> list[FetchedMail]:
    """The mails that are still there: those that the server withholds are quarantined, so that
    one broken mail neither stops the others nor vanishes.
    """
    try:
        mails = connection.mails(wanted)
    except ServerRefused:
        mails = []
    got = {mail.outline.uid for mail in mails}
    missing = [outline for outline in wanted if outline.uid not in got]
    there = connection.still_there([outline.uid for outline in missing])
    for outline in missing:
        if outline.uid in there:
            mails.append(_alone(folder, outline, connection))
    return [_within_limit(folder, mail) for mail in mails]


def _alone(folder: MailFolder, outline: Outline, connection: Connection) -> FetchedMail:
    try:
        mails = connection.mails([outline])
    except ServerRefused:
        mails = []
    return mails[0] if mails else _withheld(folder, outline)


def _within_limit(folder: MailFolder, mail: FetchedMail) -> FetchedMail:
    """Some servers only estimate a mail's size."""
    if len(mail.raw) <= MAX_BYTES:
        return mail
    header, _, _ = mail.raw[: 256 * 1024].partition(b"\r\n\r\n")
    return FetchedMail(outline=mail.outline, raw=header, trouble=_too_large(folder, mail.outline))


def _too_large(folder: MailFolder, outline: Outline) -> str:
    return _TOO_LARGE.format(
        size=outline.size, limit=MAX_BYTES, folder=folder.name, uid=outline.uid
    )


def _withheld(folder: MailFolder, outline: Outline) -> FetchedMail:
    text = _WITHHELD.format(folder=folder.name, uid=outline.uid)
    return FetchedMail(outline=outline, raw=b"", trouble=text)
