"""Reading a real mailbox: every mail once, and nothing changed on the server."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.tickets.dovecot import Dovecot, needs_dovecot
from tests.tickets.mailboxes import deliveries_of, folder_of, letter, mailbox_of, read
from tickets.domain.mail_trouble import ConnectionLost
from tickets.models import Delivery
from tickets.operations.incoming.ingest_mail import keep_mail
from tickets.operations.mailboxes.mail_folders import note_trouble

pytestmark = [needs_dovecot, pytest.mark.django_db]

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def user(mail_server: Dovecot) -> str:
    return mail_server.new_user()


def test_what_was_read_is_not_read_again_and_what_is_new_is(
    mail_server: Dovecot, user: str
) -> None:
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, letter(), letter())
    assert read(mailbox).mails.kept == 2
    again = read(mailbox).mails
    assert (again.kept, again.duplicates) == (0, 0)
    mail_server.put(user, letter())
    assert read(mailbox).mails.kept == 1
    assert len(deliveries_of(mailbox)) == 3
    assert folder_of(mailbox).last_uid == 3


def test_no_flag_is_touched(mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, letter(), letter("x" * 100))
    read(mailbox)
    with mail_server.client(user) as client:
        client.select_folder("INBOX")
        flags = client.get_flags([1, 2])
    assert all(b"\\Seen" not in each and b"\\Answered" not in each for each in flags.values())


def test_the_same_bytes_twice_in_a_mailbox_are_one_delivery(
    mail_server: Dovecot, user: str
) -> None:
    mailbox, raw = mailbox_of(mail_server, user), letter()
    mail_server.put(user, raw, raw)
    done = read(mailbox).mails
    mail_server.put(user, raw)
    again = read(mailbox).mails
    assert (done.kept, done.duplicates) == (1, 1)
    assert (again.kept, again.duplicates) == (0, 1)
    assert folder_of(mailbox).last_uid == 3


def test_a_mail_that_also_came_by_the_pipe_is_one_delivery(mail_server: Dovecot, user: str) -> None:
    mailbox, raw = mailbox_of(mail_server, user), letter()
    keep_mail(raw=raw, source=mailbox.source, now=now())
    mail_server.put(user, raw)
    assert read(mailbox).mails.duplicates == 1
    assert Delivery.objects.count() == 1


def test_another_uidvalidity_reads_all_again_and_doubles_nothing(
    mail_server: Dovecot, user: str
) -> None:
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, letter("very old"), at=now() - 30 * DAY)
    mail_server.put(user, letter(), letter())
    read(mailbox)
    before = folder_of(mailbox)
    mail_server.forget_uids(user)
    new = letter("came with the change")
    mail_server.put(user, new)
    done = read(mailbox).mails
    after = folder_of(mailbox)
    assert after.uidvalidity != before.uidvalidity
    assert (done.kept, done.duplicates, done.left_alone) == (1, 2, 1)
    assert after.left_alone == 1
    fresh = Delivery.objects.get(external_id=f"sha256:{hashlib.sha256(new).hexdigest()}")
    assert fresh.arrived_by == "internaldate"


def test_another_account_with_the_same_uidvalidity_is_read_from_its_start(
    mail_server: Dovecot, user: str
) -> None:
    mailbox, other = mailbox_of(mail_server, user), mail_server.new_user()
    mail_server.put(user, letter(), letter(), letter())
    mail_server.put(other, letter("of the other one"))
    read(mailbox)
    mailbox.username = other
    mailbox.save(update_fields=["username"])
    with mail_server.client(other) as client:
        same = client.select_folder("INBOX")[b"UIDVALIDITY"]
    folder = folder_of(mailbox)
    folder.uidvalidity = same
    folder.save(update_fields=["uidvalidity"])
    assert read(mailbox).mails.kept == 1


def test_mails_that_are_expunged_meanwhile_are_passed_over(mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, letter(), letter(), letter())
    with mail_server.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([2])
        client.expunge()
    assert read(mailbox).mails.kept == 2
    assert folder_of(mailbox).last_uid == 3
    assert read(mailbox).mails.kept == 0


def test_a_mail_that_is_moved_out_and_in_again_is_one_delivery(
    mail_server: Dovecot, user: str
) -> None:
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, letter())
    read(mailbox)
    with mail_server.client(user) as client:
        client.create_folder("Done")
        client.select_folder("INBOX")
        client.move([1], "Done")
        client.select_folder("Done")
        client.move([1], "INBOX")
    done = read(mailbox).mails
    assert (done.kept, done.duplicates) == (0, 1)


def test_an_over_large_mail_is_quarantined_with_its_header_and_never_downloaded(
    mail_server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.operations.mailboxes.fetch_mailbox.MAX_BYTES", 2000)
    mailbox = mailbox_of(mail_server, user)
    large = letter("x" * 5000, Subject="Large")
    mail_server.put(user, large, letter("small"))
    done = read(mailbox).mails
    assert (done.kept, done.quarantined) == (1, 1)
    delivery = Delivery.objects.get(state="quarantined")
    assert bytes(delivery.body) == large[: large.index(b"\r\n\r\n") + 4]
    assert (delivery.size, delivery.outcome) == (len(large), "quarantined")
    assert "5" in delivery.reason
    assert "Only its header was fetched" in delivery.reason
    mail_server.forget_uids(user)
    assert read(mailbox).mails.duplicates == 2


def test_many_mails_come_in_batches_of_bounded_size(
    mail_server: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.operations.mailboxes.fetch_mailbox.BATCH_BYTES", 4000)
    monkeypatch.setattr("tickets.operations.mailboxes.fetch_mailbox.BATCH_MAILS", 3)
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, *[letter("x" * size) for size in (10, 10, 10, 10, 3000, 3000, 5000, 1)])
    assert read(mailbox).mails.kept == 8
    assert len({delivery.stored_at for delivery in deliveries_of(mailbox)}) == 5


@pytest.mark.parametrize(
    "raw",
    [
        "Subject: ¡Ñandú!\r\n\r\ncuerpo ñ\r\n".encode("latin-1"),
        b"From: bob@acme.example\r\nSubject: NUL \x00 here\r\n\r\nbody \x00\x00 end\r\n",
        b"Subject: " + b"x" * 300_000 + b"\r\n\r\nbody\r\n",
        b"no header at all",
        b"".join(b"X-%d: y\r\n" % number for number in range(5000)) + b"\r\n.\r\n..\r\n",
    ],
    ids=["8 bit", "NUL", "a huge header", "no header", "many headers"],
)
def test_odd_bytes_come_through(raw: bytes, mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user)
    mail_server.drop(user, raw)
    assert read(mailbox).mails.kept == 1
    (delivery,) = deliveries_of(mailbox)
    # Dovecot hands NUL out as 0x80: the protocol has no literal for it.
    stored = bytes(delivery.body).replace(b"\x80", b"\x00").replace(b"\r\n", b"\n")
    assert stored.strip() == raw.replace(b"\r\n", b"\n").strip()


def test_a_missing_folder_says_which_there_are(mail_server: Dovecot, user: str) -> None:
    mailbox = mailbox_of(mail_server, user, folder="Soporte ñ")
    done = read(mailbox)
    folder = folder_of(mailbox, "Soporte ñ")
    assert done.state == "failed"
    assert folder.error.startswith("There is no such folder")
    assert "INBOX, Sent" in folder.error
    assert folder.failures == 1
    assert folder.retry_at is not None
    with mail_server.client(user) as client:
        client.create_folder("Soporte ñ")
    assert read(mailbox).state == "read"
    folder.refresh_from_db()
    assert (folder.error, folder.failures, folder.retry_at) == ("", 0, None)


def test_a_wrong_password_makes_all_folders_wait_and_is_never_written_down(
    mail_server: Dovecot, user: str, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox = mailbox_of(mail_server, user, password="wrong-horse", sent_folder="Sent")
    at = now()
    read(mailbox, at=at)
    inbox, sent = folder_of(mailbox), folder_of(mailbox, "Sent")
    assert inbox.error.startswith("The server refuses the user name or the password")
    assert inbox.retry_at == sent.retry_at
    assert sent.error == inbox.error
    assert "wrong-horse" not in caplog.text + inbox.error


def test_pauses_grow_from_five_seconds_to_ten_minutes_and_differ_by_chance(
    mail_server: Dovecot, user: str
) -> None:
    at = now()
    folder = read(mailbox_of(mail_server, user)).folder
    pauses = []
    for _ in range(10):
        retry_at = note_trouble(folder=folder, trouble=ConnectionLost(), now=at, chance=lambda: 0.0)
        pauses.append((retry_at - at).total_seconds())
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]
    assert read(folder.mailbox).state == "read"
    late = note_trouble(folder=folder, trouble=ConnectionLost(), now=at, chance=lambda: 1.0)
    assert (late - at).total_seconds() == 7.5
