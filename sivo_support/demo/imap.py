"""A mailbox as the fetcher leaves it: its checkpoint, its last look, and the mails it brought."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sivo_support.demo.people import STAFF_DOMAIN
from sivo_support.demo.talks import Talk
from tickets.inbound.imap import FetchedMail, OpenedFolder, Outline
from tickets.models import Delivery, Mailbox, MailFolder, Source, SourceKind, Ticket
from tickets.operations.incoming.process import process_delivery
from tickets.operations.mailboxes.keep_mails import keep_mails
from tickets.operations.mailboxes.mail_folders import (
    begin_reading,
    checkpoint_of,
    end_reading,
    folders_of,
)

NAME = "Facturación (demo)"
_UIDVALIDITY = 1_762_000_000
# What lay in the mailbox before we looked into it.
_OLDER = 212
# The server tells us of a new mail, and it is fetched.
_FETCHED_AFTER = timedelta(seconds=3)
# There is no such server: the demo itself looks for it an hour later, and then says so.
_POLL_SECONDS = 1_800


def make_mailbox(*, starts_at: datetime) -> Mailbox:
    """A source that is read by IMAP, with a password that opens nothing."""
    address = f"facturacion@{STAFF_DOMAIN}"
    source = Source.objects.create(
        name=NAME, kind=SourceKind.EMAIL, channel="email", address=address
    )
    return Mailbox.objects.create(
        source=source,
        host=f"imap.{STAFF_DOMAIN}",
        username=address,
        password="demo",  # noqa: S106  (of a server that does not exist)
        starts_at=starts_at,
        poll_seconds=_POLL_SECONDS,
    )


def first_look(mailbox: Mailbox, *, at: datetime) -> MailFolder:
    """The first import: all that is older than `starts_at` is left alone."""
    (row,) = folders_of(mailbox)
    opened = OpenedFolder(uidvalidity=_UIDVALIDITY, highest_uid=_OLDER, count=_OLDER)
    folder, point = begin_reading(folder_id=row.pk, opened=opened)
    keep_mails(folder=folder, expected=point, uids=[_OLDER], mails=[], left_alone=_OLDER, now=at)
    end_reading(folder_id=folder.pk, looked_at=at)
    return folder


def last_look(folder: MailFolder, *, at: datetime) -> None:
    """Nothing new is there."""
    end_reading(folder_id=folder.pk, looked_at=at)


@dataclass(slots=True, kw_only=True)
class ImapTalk(Talk):
    """By e-mail, fetched from a folder of a mailbox."""

    folder: MailFolder

    def _keep(self, raw: bytes, at: datetime) -> Ticket:
        folder = MailFolder.objects.select_related("mailbox__source").get(pk=self.folder.pk)
        uid, fetched_at = folder.last_uid + 1, at + _FETCHED_AFTER
        outline = Outline(uid=uid, size=len(raw), internaldate=at, savedate=at)
        keep_mails(
            folder=folder,
            expected=checkpoint_of(folder),
            uids=[uid],
            mails=[FetchedMail(outline=outline, raw=raw)],
            left_alone=0,
            now=fetched_at,
        )
        end_reading(folder_id=folder.pk, looked_at=fetched_at)
        delivery = Delivery.objects.get(
            source=folder.mailbox.source, body_sha256=hashlib.sha256(raw).hexdigest()
        )
        done = process_delivery(delivery_id=delivery.pk, now=fetched_at)
        if done.ticket is None:
            raise RuntimeError(f"A mail of the sample world was not understood: {delivery.reason}")
        return done.ticket
