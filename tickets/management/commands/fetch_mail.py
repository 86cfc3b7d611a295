"""Reads the mailboxes by IMAP: for as long as it runs, or once."""

import signal
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from tickets.domain.jsonlines import print_line
from tickets.management.mail_fetcher import Fetcher
from tickets.models import Mailbox
from tickets.operations.mailboxes.folder_locks import FolderLocks
from tickets.operations.mailboxes.mail_folders import active_mailboxes, folders_of
from tickets.operations.mailboxes.read_mailboxes import FolderRead, ReadState, read_folder_once
from tickets.tasks import wake_up


class Command(BaseCommand):
    """`manage.py fetch_mail`, `manage.py fetch_mail --once --mailbox Support`."""

    help = (
        "Reads the active mailboxes by IMAP and keeps each new mail as a delivery. Runs until it "
        "is stopped; with --once it reads every folder once and prints one JSON object for each."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which mailboxes, and for how long."""
        parser.add_argument("--once", action="store_true", help="read once, print, and end")
        parser.add_argument("--mailbox", metavar="NAME", default="", help="only this source's")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 when a folder could not be read (--once)."""
        only = options["mailbox"]
        if only and not Mailbox.objects.filter(source__name=only).exists():
            known = ", ".join(
                Mailbox.objects.order_by("source__name").values_list("source__name", flat=True)
            )
            raise CommandError(f"There is no mailbox named {only!r}. Known: {known or 'none'}.")
        if options["once"]:
            sys.exit(_read_once(only))
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Fetcher(stop=stop, only=only).run()


def _read_once(only: str) -> int:
    failed, locks = False, FolderLocks()
    try:
        for mailbox in active_mailboxes():
            if only and mailbox.source.name != only:
                continue
            for folder in folders_of(mailbox):
                began = time.monotonic()
                try:
                    read = read_folder_once(
                        folder=folder, locks=locks, clock=timezone.now, on_kept=wake_up
                    )
                except (DatabaseError, InterfaceError) as error:
                    words = f"our own trouble: {type(error).__name__}"
                    read = FolderRead(folder=folder, state=ReadState.FAILED, error=words)
                failed |= read.state is ReadState.FAILED
                _print(read, round(time.monotonic() - began, 3))
    finally:
        locks.close()
    return 1 if failed else 0


def _print(read: FolderRead, seconds: float) -> None:
    line = {
        "mailbox": read.folder.mailbox.source.name,
        "folder": read.folder.name,
        "role": str(read.folder.role),
        "state": read.state.value,
        "kept": read.mails.kept,
        "duplicates": read.mails.duplicates,
        "quarantined": read.mails.quarantined,
        "left_alone": read.mails.left_alone,
        "seconds": seconds,
        "error": read.error or None,
    }
    print_line(line)
