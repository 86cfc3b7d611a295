"""Keeping what was found in a mail folder: deliveries and checkpoint in one transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from tickets.domain.incoming import Unreadable
from tickets.domain.mail_checkpoint import Checkpoint
from tickets.domain.words import MailRole
from tickets.inbound.email import (
    MailTimes,
    first_trusted_received,
    mail_date,
    mailbox_receipt,
    sent_mail_time,
)
from tickets.inbound.email.headers import Headers, split_headers
from tickets.inbound.email.identity import message_id
from tickets.inbound.imap import FetchedMail, Outline
from tickets.models import Delivery, DeliveryState, MailFolder, Outcome
from tickets.operations.mailboxes.mail_folders import FolderGone, checkpoint_of, lock_folder
from tickets.operations.ticket.write_message import clean

_MAX_SIZE = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of some mails of a folder."""

    kept: int = 0
    duplicates: int = 0
    quarantined: int = 0
    left_alone: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            kept=self.kept + other.kept,
            duplicates=self.duplicates + other.duplicates,
            quarantined=self.quarantined + other.quarantined,
            left_alone=self.left_alone + other.left_alone,
        )


@transaction.atomic
def keep_mails(
    *,
    folder: MailFolder,
    expected: Checkpoint,
    uids: Sequence[int],
    mails: Sequence[FetchedMail],
    left_alone: int,
    now: datetime,
) -> tuple[Kept, Checkpoint]:
    """Stores these mails and that all `uids` are dealt with, or neither.

    `folder` is the row as it was when this reading began: its first import and its last look
    decide how times are judged. `now` is when the mails had been fetched. Raises FolderGone when
    another fetcher has meanwhile moved the checkpoint: it keeps the mails, not we.
    """
    if checkpoint_of(lock_folder(folder.pk)) != expected:
        raise FolderGone
    made: dict[str, Delivery] = {}
    for mail in mails:
        delivery = _delivery(mail, folder, expected.uidvalidity, now)
        made.setdefault(delivery.external_id, delivery)
    known = set(
        Delivery.objects.filter(
            source=folder.mailbox.source, external_id__in=made, conflict=False
        ).values_list("external_id", flat=True)
    )
    fresh = [delivery for external_id, delivery in made.items() if external_id not in known]
    # The same mail may come by another door at this moment: then that one keeps it.
    Delivery.objects.bulk_create(fresh, ignore_conflicts=True)
    reached = expected.after(uids)
    MailFolder.objects.filter(pk=folder.pk).update(
        last_uid=reached.last_uid,
        recent_uids=list(reached.recent),
        left_alone=F("left_alone") + left_alone,
    )
    quarantined = sum(delivery.state == DeliveryState.QUARANTINED for delivery in fresh)
    return (
        Kept(
            kept=len(fresh) - quarantined,
            duplicates=len(mails) - len(fresh),
            quarantined=quarantined,
            left_alone=left_alone,
        ),
        reached,
    )


def _delivery(mail: FetchedMail, folder: MailFolder, uidvalidity: int, now: datetime) -> Delivery:
    headers = _headers(mail)
    times = times_of(mail, headers, now)
    first_import = folder.imported_at is None and mail.outline.uid <= folder.stock_uid
    if folder.role == MailRole.SENT:
        at, rule = sent_mail_time(times, first_import=first_import)
    else:
        last_poll = folder.polled_at or folder.mailbox.starts_at
        at, rule = mailbox_receipt(times, last_poll=last_poll, first_import=first_import)
    delivery = Delivery(
        source=folder.mailbox.source,
        external_id=_external_id(mail, folder, uidvalidity),
        body=mail.raw,
        body_sha256=hashlib.sha256(mail.raw).hexdigest(),
        size=min(max(len(mail.raw), mail.outline.size), _MAX_SIZE),
        headers={
            "Folder": folder.name,
            "UID": str(mail.outline.uid),
            "UIDVALIDITY": str(uidvalidity),
        },
        received_at=at,
        arrived_by=rule,
        mail_id=clean(message_id(headers.raw("message-id")))[:255],
        role=folder.role,
        times=times.as_json(),
        stored_at=now,
        next_attempt_at=now,
    )
    if mail.trouble:
        delivery.state, delivery.outcome = DeliveryState.QUARANTINED, Outcome.QUARANTINED
        delivery.reason = mail.trouble
        delivery.next_attempt_at, delivery.finished_at = None, now
    return delivery


def _external_id(mail: FetchedMail, folder: MailFolder, uidvalidity: int) -> str:
    """What makes a mail this mail: its bytes, as at every door for mail.

    A copy in the folder of sent mail is a thing of its own: whichever is found first, the one
    that came to us is still read as such.
    """
    outline = mail.outline
    if not mail.raw:
        return f"imap:{folder.pk}:{uidvalidity}:{outline.uid}"
    name = f"sha256:{hashlib.sha256(mail.raw).hexdigest()}"
    if mail.trouble:
        # Only a header: the size tells apart what shares one.
        name = f"header:{outline.size}:{name}"
    return f"sent:{name}" if folder.role == MailRole.SENT else name


def times_of(mail: FetchedMail, headers: Headers, fetched_at: datetime) -> MailTimes:
    """Every instant that a mail and its server name."""
    outline: Outline = mail.outline
    return MailTimes(
        sent_at=mail_date(headers.raw("date")),
        first_trusted_received=first_trusted_received(headers, settings.OWN_MX_HOSTS),
        internaldate=outline.internaldate,
        savedate=outline.savedate,
        fetched_at=fetched_at,
    )


def _headers(mail: FetchedMail) -> Headers:
    try:
        return split_headers(mail.raw, 0, len(mail.raw))[0]
    except Unreadable:
        # It will be quarantined for it; its times come from the server.
        return Headers()
