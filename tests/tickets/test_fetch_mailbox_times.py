"""When a mail in a real mailbox reached us, and which mails are left alone."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.sla.world import contract_clock, customer
from tests.tickets.dovecot import Dovecot, needs_dovecot
from tests.tickets.mailboxes import deliveries_of, folder_of, letter, mailbox_of, read, read_all
from tickets.models import Ticket
from tickets.operations.mailboxes.mail_folders import read_again
from tickets.tasks import drain_deliveries

pytestmark = [needs_dovecot, pytest.mark.django_db]

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def user(mail_server: Dovecot) -> str:
    return mail_server.new_user()


def test_a_mail_is_kept_as_its_bytes_are_with_every_time(mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user)
    read(mailbox)
    at, raw = now() - 5 * SECOND, letter(Date="Wed, 25 Nov 2026 10:00:00 +0100")
    mail_server.put(user, raw, at=at)
    done = read(mailbox)
    (delivery,) = deliveries_of(mailbox)
    assert (done.state, done.mails.kept) == ("read", 1)
    assert bytes(delivery.body) == raw
    assert delivery.external_id == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert (delivery.received_at, delivery.arrived_by) == (at, "internaldate")
    assert (delivery.role, delivery.state, delivery.size) == ("received", "waiting", len(raw))
    assert set(delivery.times) == {
        *("sent_at", "first_trusted_received", "internaldate", "savedate", "fetched_at")
    }
    assert delivery.times["sent_at"] == "2026-11-25T09:00:00Z"
    assert delivery.times["internaldate"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert delivery.times["savedate"] is not None
    assert delivery.times["first_trusted_received"] is None
    assert delivery.headers["Folder"] == "INBOX"


def test_the_first_import_leaves_older_mail_alone_and_counts_it(
    mail_server: Dovecot, user: str
) -> None:
    mailbox = mailbox_of(mail_server, user, starts_at=now() - 3 * DAY)
    mail_server.put(user, letter("old"), letter("old, too"), at=now() - 30 * DAY)
    recent = now() - 2 * DAY
    mail_server.put(user, letter("recent"), at=recent)
    mail_server.put(user, letter("fresh"))
    done = read(mailbox).mails
    assert (done.kept, done.left_alone) == (2, 2)
    kept = deliveries_of(mailbox)
    assert [delivery.arrived_by for delivery in kept] == ["first_import", "first_import"]
    assert kept[0].received_at == recent
    folder = folder_of(mailbox)
    assert (folder.left_alone, folder.last_uid) == (2, 4)
    assert folder.imported_at is not None
    assert read(mailbox).mails.kept == 0


def test_an_old_mail_that_comes_after_the_first_import_is_taken_and_flagged(
    mail_server: Dovecot, user: str
) -> None:
    """A date must not silence a mail: it counts from when it came into the folder."""
    mailbox = mailbox_of(mail_server, user)
    read(mailbox)
    mail_server.put(user, letter("moved in"), at=now() - 30 * DAY)
    at = datetime.now(UTC) + 5 * SECOND
    read(mailbox, at=at)
    (delivery,) = deliveries_of(mailbox)
    assert delivery.arrived_by == "late_arrival"
    assert at - 10 * SECOND <= delivery.received_at <= at


def test_a_late_arrival_without_savedate_counts_from_its_fetch(mail_server: Dovecot) -> None:
    user = mail_server.new_user("plain")
    mailbox = mailbox_of(mail_server, user)
    read(mailbox)
    mail_server.put(user, letter("moved in"), at=now() - 30 * DAY)
    at = datetime.now(UTC) + 5 * SECOND
    read(mailbox, at=at)
    (delivery,) = deliveries_of(mailbox)
    assert (delivery.received_at, delivery.arrived_by) == (at, "late_arrival")
    assert delivery.times["savedate"] is None


def test_a_mail_from_the_future_counts_from_its_fetch(mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user)
    read(mailbox)
    # Dovecot takes no future date itself: our own clock is behind.
    mail_server.put(user, letter())
    at = datetime.now(UTC) - HOUR
    read(mailbox, at=at)
    (delivery,) = deliveries_of(mailbox)
    assert (delivery.received_at, delivery.arrived_by) == (at, "future")


def test_an_outage_of_ours_takes_nothing_from_the_customer(mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user, starts_at=now() - 9 * DAY)
    read(mailbox, at=now() - 4 * DAY)
    came, before = now() - 3 * DAY, now() - 5 * DAY
    mail_server.put(user, letter("while we were down"), at=came)
    mail_server.put(user, letter("before we were down"), at=before)
    read(mailbox)
    first, second = deliveries_of(mailbox)
    assert (first.received_at, first.arrived_by) == (came, "backlog")
    assert second.arrived_by == "late_arrival"


def test_an_earlier_start_takes_in_what_was_left_alone(mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, letter("old"), at=now() - 3 * DAY)
    mail_server.put(user, letter("new"))
    assert read(mailbox).mails.left_alone == 1
    mailbox.starts_at = now() - 9 * DAY
    mailbox.save(update_fields=["starts_at"])
    read_again(mailbox=mailbox)
    done = read(mailbox).mails
    assert (done.kept, done.duplicates, done.left_alone) == (1, 1, 0)


def test_sent_mail_is_kept_with_its_role_and_counts_from_our_first_sight(
    mail_server: Dovecot, user: str
) -> None:
    mailbox = mailbox_of(mail_server, user, sent_folder="Sent")
    read_all(mailbox)
    raw = letter(From="Alice <alice@sivocenter.example>", To="bob@acme.example")
    mail_server.put(user, raw, at=now() - 3 * HOUR, folder="Sent")
    mail_server.put(user, raw)
    at = datetime.now(UTC)
    read_all(mailbox, at=at)
    received, sent = deliveries_of(mailbox)
    assert (received.role, sent.role) == ("received", "sent")
    assert (sent.received_at, sent.arrived_by) == (at, "first_sight")
    assert sent.times["internaldate"] is not None
    assert sent.external_id == f"sent:{received.external_id}"


@pytest.mark.usefixtures("terms")
def test_a_mail_in_a_mailbox_opens_a_ticket_whose_clock_starts_at_its_receipt(
    mail_server: Dovecot, user: str
) -> None:
    customer("enterprise")
    mailbox = mailbox_of(mail_server, user)
    read(mailbox)
    at = now() - 10 * SECOND
    mail_server.put(user, letter(), at=at)
    read(mailbox)
    drain_deliveries()
    (delivery,) = deliveries_of(mailbox)
    assert delivery.outcome == "opened"
    assert contract_clock(Ticket.objects.get(pk=delivery.ticket_id)).started_at == at
