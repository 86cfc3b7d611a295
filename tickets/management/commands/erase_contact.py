"""Erases a person: what they wrote and who they are. Logs, audits and hashes stay."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tickets.models import Contact
from tickets.operations.retention import erase_contact


class Command(BaseCommand):
    """`manage.py erase_contact bob@example.com --yes`."""

    help = "Erases a contact's name, address, messages, attachments and raw deliveries, for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address, and the confirmation."""
        parser.add_argument("email", help="the contact's e-mail address")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erases after a confirmation, and says how much."""
        address = options["email"].strip().lower()
        contact = Contact.objects.filter(email=address).exclude(email="").first()
        if contact is None:
            raise CommandError(f"There is no contact with the address {address}.")
        if not options["yes"] and input(f"Erase {address} for good? Type yes: ") != "yes":
            raise CommandError("Nothing was erased.")
        erased = erase_contact(contact=contact, now=timezone.now())
        self.stdout.write(
            f"Erased {address}: {erased.messages} messages, {erased.attachments} attachments, "
            f"{erased.deliveries} raw deliveries in {erased.tickets} tickets."
        )
