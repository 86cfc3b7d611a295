"""Plain functions that make the mailboxes of a test and read them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

from tests.tickets.dovecot import PASSWORD
from tickets.models import Delivery, Mailbox, MailFolder, Source, SourceKind
from tickets.operations.mailboxes.folder_locks import FolderLocks
from tickets.operations.mailboxes.mail_folders import folders_of
from tickets.operations.mailboxes.read_mailboxes import FolderRead, read_folder_once

_numbers = count(1)


class Listening(Protocol):
    """A mail server, real or not."""

    port: int


def mailbox_of(server: Listening, user: str, **changes: object) -> Mailbox:
    """A mailbox of this user that is read from an hour ago on."""
    source = Source.objects.create(
        kind=SourceKind.EMAIL, name=f"Support {next(_numbers)}", channel="email"
    )
    fields: dict[str, object] = {
        "host": "localhost",
        "port": server.port,
        "security": "none",
        "username": user,
        "password": PASSWORD,
        "starts_at": datetime.now(UTC) - timedelta(hours=1),
    }
    return Mailbox.objects.create(source=source, **(fields | changes))


def read(mailbox: Mailbox, *, at: datetime | None = None) -> FolderRead:
    """Reads the folder of incoming mail once."""
    return read_all(mailbox, at=at)[0]


def read_all(mailbox: Mailbox, *, at: datetime | None = None) -> list[FolderRead]:
    """Reads every folder once; all of it happens at `at` (default: now)."""
    stored = Mailbox.objects.select_related("source").get(pk=mailbox.pk)
    locks = FolderLocks()
    try:
        return [
            read_folder_once(
                folder=folder,
                locks=locks,
                clock=lambda: at or datetime.now(UTC),
                on_kept=lambda: None,
            )
            for folder in folders_of(stored)
        ]
    finally:
        locks.close()


def folder_of(mailbox: Mailbox, name: str = "INBOX") -> MailFolder:
    """The stored row of a folder."""
    return MailFolder.objects.get(mailbox=mailbox, name=name)


def deliveries_of(mailbox: Mailbox) -> list[Delivery]:
    """What was kept, in the order of the mailbox."""
    kept = Delivery.objects.filter(source=mailbox.source)
    return sorted(kept, key=lambda delivery: (delivery.role, int(delivery.headers["UID"])))


def letter(text: str = "No funciona nada.", **headers: str) -> bytes:
    """A mail as a mail server stores it."""
    number = next(_numbers)
    fields = {
        "From": "Bob <bob@acme.example>",
        "To": "support@sivocenter.example",
        "Subject": f"Centralita {number}",
        "Message-ID": f"<{number}@mail.example>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", text, ""]).encode()
