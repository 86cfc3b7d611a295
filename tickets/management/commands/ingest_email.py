"""Raw mails in, tickets out: from files, mailboxes, or an MTA's pipe."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tickets.domain.jsonlines import print_line
from tickets.domain.words import MailKind
from tickets.inbound.email import mails_in
from tickets.models import Delivery, DeliveryState, Outcome, Source, SourceKind
from tickets.operations.incoming.ingest_mail import Ingested, keep_mail, mailbox, understand_mail
from tickets.operations.incoming.receive import Reception

PIPE = "-"


class Command(BaseCommand):
    """`manage.py ingest_email PATH...`; `-` reads one mail from standard input."""

    help = (
        "Keeps and processes raw e-mails (.eml, mbox, Maildir, or - for standard input) and "
        "prints one JSON object per mail. With -, exit status 75 asks the mail server to try again."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The paths, and the source that the mails belong to."""
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, mailbox folder, or -")
        parser.add_argument("--source", help="name of the e-mail source (default: Mailbox)")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per mail; nothing that is wrong with one mail stops the next."""
        source = _source(options["source"])
        failed = False
        for path in options["paths"]:
            try:
                for label, raw in _mails(path):
                    failed |= not self._ingest(label, raw, source)
            except OSError as error:
                failed = True
                print_line({"path": path, "error": f"cannot be read: {error.strerror or error}"})
        if failed:
            sys.exit(os.EX_TEMPFAIL if PIPE in options["paths"] else 1)

    def _ingest(self, label: str, raw: bytes, source: Source) -> bool:
        try:
            ingested = keep_mail(raw=raw, source=source, now=timezone.now())
        except Exception as error:  # noqa: BLE001  (whatever it is, the mail is not stored yet)
            message = f"could not be stored, send it again: {type(error).__name__}"
            print_line({"path": label, "error": message})
            return False
        delivery = ingested.delivery
        if ingested.reception is Reception.ACCEPTED:
            try:
                delivery = understand_mail(delivery=delivery, now=timezone.now())
            except Exception as error:  # noqa: BLE001  (it is stored: a worker tries again)
                self.stderr.write(f"{label}: {type(error).__name__}; a worker will try again")
        print_line(_line(label, ingested, delivery))
        return True


def _source(name: str | None) -> Source:
    if name is None:
        return mailbox()
    source = Source.objects.filter(name=name, kind=SourceKind.EMAIL).first()
    if source is None:
        known = ", ".join(
            Source.objects.filter(kind=SourceKind.EMAIL).values_list("name", flat=True)
        )
        raise CommandError(f"There is no e-mail source named {name!r}. Known: {known or 'none'}.")
    return source


def _mails(path: str) -> Iterator[tuple[str, bytes]]:
    if path == PIPE:
        yield PIPE, sys.stdin.buffer.read()
    else:
        yield from mails_in(Path(path))


def _line(label: str, ingested: Ingested, delivery: Delivery) -> dict[str, Any]:
    duplicate = ingested.reception is Reception.DUPLICATE
    outcome, reason = delivery.outcome or None, delivery.reason or None
    if duplicate:
        outcome, reason = Outcome.DUPLICATE.value, "these very bytes were received before"
    elif delivery.state == DeliveryState.WAITING:
        reason = reason or "kept; a worker will process it"
    mail = ingested.mail
    return {
        "path": label,
        "delivery": delivery.pk,
        "outcome": outcome,
        "kind": mail.kind.value if mail else None,
        "auto_reply": mail.kind is not MailKind.HUMAN if mail else None,
        "ticket": delivery.ticket.reference if delivery.ticket else None,
        "subject": mail.subject if mail else None,
        "sender": mail.sender if mail else None,
        "body": mail.body if mail else None,
        "reply": mail.reply if mail else None,
        "attachments": [
            {"name": file.name, "type": file.media_type, "size": len(file.content)}
            for file in mail.attachments
        ]
        if mail
        else None,
        "reason": reason,
    }
