"""The logs can only grow, and still forget (decision D5)."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from sla.operations.clocks.audit import Audited, audit_clocks
from sla.operations.clocks.sweep import sweep
from tests.sla.world import answer, customer, deliver, madrid, person, raw_mail, ticket_by_mail
from tickets.models import Attachment, Contact, Delivery, Message, TicketEvent, Triage
from tickets.operations.retention import erase_old_deliveries
from tickets.queries import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

SECRET = "mi número privado es 600 123 456"


def test_an_erased_person_is_nowhere_any_more_and_the_clocks_still_replay() -> None:
    customer("pro")
    ticket = ticket_by_mail(madrid("2026-11-18 10:00"), body=f"No funciona nada. {SECRET}")
    answer(ticket, person("Alice"), madrid("2026-11-18 11:00"), f"Hola Bob, {SECRET}")
    sweep()
    hashes = list(Message.objects.values_list("body_sha256", flat=True))
    before = list(TicketEvent.objects.values_list("pk", "at", "kind"))

    call_command("erase_contact", "bob@acme.example", "--yes")

    assert not Contact.objects.filter(email="bob@acme.example").exists()
    for message in Message.objects.all():
        assert (message.body, message.reply, message.subject) == ("", "", "")
        assert message.erased_at is not None
    assert not any(bytes(body) for body in Delivery.objects.values_list("body", flat=True))
    assert not any(bytes(body) for body in Attachment.objects.values_list("content", flat=True))
    assert all(triage.reasons == [] for triage in Triage.objects.all())
    ticket.refresh_from_db()
    assert ticket.subject == ""
    assert list(Message.objects.values_list("body_sha256", flat=True)) == hashes
    assert list(TicketEvent.objects.values_list("pk", "at", "kind")) == before
    assert list(audit_clocks(Audited(), now=database_now())) == []


def test_what_was_ignored_or_quarantined_of_a_person_is_erased_too() -> None:
    customer("pro")
    ticket_by_mail(madrid("2026-11-18 10:00"))
    ignored = deliver(raw_mail(SECRET, Auto_Submitted="auto-replied"), madrid("2026-11-18 11:00"))
    assert ignored.state == "ignored"
    call_command("erase_contact", "bob@acme.example", "--yes")
    assert not any(bytes(body) for body in Delivery.objects.values_list("body", flat=True))


def test_the_log_never_held_what_a_person_wrote() -> None:
    customer("pro")
    ticket_by_mail(madrid("2026-11-18 10:00"), body=f"No funciona nada. {SECRET}")
    for event in TicketEvent.objects.all():
        assert "600 123 456" not in str(event.details)
        assert "acme.example" not in str(event.details)


def test_erasing_somebody_unknown_says_so() -> None:
    with pytest.raises(CommandError, match="no contact with the address nobody@acme"):
        call_command("erase_contact", "nobody@acme.example", "--yes")


def test_a_person_who_was_erased_and_writes_again_is_a_new_contact() -> None:
    customer("pro")
    ticket_by_mail(madrid("2026-11-18 10:00"))
    call_command("erase_contact", "bob@acme.example", "--yes")
    ticket_by_mail(madrid("2026-11-19 10:00"))
    assert Contact.objects.count() == 2


def test_raw_deliveries_are_forgotten_after_their_retention_and_duplicates_still_known() -> None:
    customer("pro")
    delivery = deliver(raw_mail(), madrid("2026-11-18 10:00"))
    broken = deliver(b"", madrid("2026-11-18 10:00"))
    assert broken.state == "quarantined"
    assert erase_old_deliveries(now=delivery.stored_at + timedelta(days=89)) == 0
    assert erase_old_deliveries(now=delivery.stored_at + timedelta(days=91)) == 1
    delivery.refresh_from_db()
    assert (bytes(delivery.body), len(delivery.body_sha256)) == (b"", 64)
    assert delivery.ticket is not None


def test_an_erased_address_leaves_the_recipients_of_other_peoples_messages() -> None:
    customer("pro")
    bob = ticket_by_mail(madrid("2026-11-18 10:00"))
    erin = ticket_by_mail(madrid("2026-11-18 11:00"), sender="Erin <erin@acme.example>")
    Message.objects.filter(ticket=erin).update(
        recipients=["bob@acme.example", "support@sivocenter.com"]
    )
    Message.objects.filter(ticket=bob).update(recipients=["support@sivocenter.com"])

    call_command("erase_contact", "bob@acme.example", "--yes")

    assert erin.messages.get().recipients == ["support@sivocenter.com"]
    assert erin.messages.get().body != ""
    assert bob.messages.get().recipients == []
