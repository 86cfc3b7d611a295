"""The safety net: the schedule reads the mailboxes that no fetcher looks at, and only those."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.processes import wait_until
from tests.tickets.dovecot import Dovecot, needs_dovecot
from tests.tickets.mailboxes import deliveries_of, folder_of, letter, mailbox_of, read
from tickets.operations.mailboxes.folder_locks import FolderLocks
from tickets.operations.mailboxes.read_mailboxes import stale_folders
from tickets.tasks import poll_mailboxes

pytestmark = [needs_dovecot, pytest.mark.django_db]

NOW = datetime.now(UTC)


def test_a_folder_that_nobody_looks_at_is_read(mail_server: Dovecot) -> None:
    user = mail_server.new_user()
    mailbox = mailbox_of(mail_server, user, sent_folder="Sent")
    mail_server.put(user, letter())
    assert poll_mailboxes() == 2
    assert len(deliveries_of(mailbox)) == 1
    assert poll_mailboxes() == 0


def test_a_folder_that_a_fetcher_holds_is_left_to_it(mail_server: Dovecot) -> None:
    mailbox = mailbox_of(mail_server, mail_server.new_user())
    (folder,) = stale_folders(now=NOW)
    fetcher = FolderLocks()
    try:
        with fetcher.holding(folder.pk) as ours:
            assert ours
            assert poll_mailboxes() == 0
            assert folder_of(mailbox).polled_at is None
    finally:
        fetcher.close()
    assert poll_mailboxes() == 1


def test_only_folders_that_are_stale_and_due_are_looked_at(mail_server: Dovecot) -> None:
    fresh, stale, waiting, off = (mailbox_of(mail_server, mail_server.new_user()) for _ in range(4))
    for mailbox in (fresh, stale, waiting):
        read(mailbox)
    late = datetime.now(UTC) - timedelta(seconds=121)
    stale.folders.update(polled_at=late)
    waiting.folders.update(polled_at=late, retry_at=datetime.now(UTC) + timedelta(minutes=1))
    off.source.is_active = False
    off.source.save(update_fields=["is_active"])
    assert [folder.mailbox for folder in stale_folders(now=datetime.now(UTC))] == [stale]


def test_a_process_holds_a_folder_once_and_loses_it_with_its_session(mail_server: Dovecot) -> None:
    locks, others = FolderLocks(), FolderLocks()
    try:
        assert locks.take(1)
        assert not locks.take(1)
        assert not others.take(1)
        assert locks.still_holds(1)
        locks.close()
        assert not locks.still_holds(1)
        wait_until(lambda: others.take(1), 5, "the session has ended")
        others.give_back(1)
        assert locks.take(1)
    finally:
        locks.close()
        others.close()
