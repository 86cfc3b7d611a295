"""Mail servers that misbehave: one broken mail neither stops the others nor vanishes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.tickets.imap_fake import FakeMailServer, fake_mail_server
from tests.tickets.mailboxes import deliveries_of, folder_of, letter, mailbox_of, read
from tickets.models import Mailbox
from tickets.operations.mailboxes.mail_folders import read_again

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 10, 5, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FakeMailServer]:
    with fake_mail_server() as fake:
        yield fake


def mailbox_at(server: FakeMailServer) -> Mailbox:
    return mailbox_of(server, "bob", starts_at=NOW - timedelta(days=1))


def test_a_mail_that_is_listed_but_not_handed_out_is_quarantined(server: FakeMailServer) -> None:
    server.mails = {uid: letter() for uid in (1, 2, 3)}
    server.withheld = {2}
    mailbox = mailbox_at(server)
    done = read(mailbox, at=NOW).mails
    assert (done.kept, done.quarantined) == (2, 1)
    lost = deliveries_of(mailbox)[1]
    assert lost.state == "quarantined"
    assert "does not hand it out" in lost.reason
    assert "UID 2" in lost.reason
    assert read(mailbox, at=NOW).mails.duplicates == 0


def test_a_mail_that_makes_a_whole_fetch_fail_costs_the_others_nothing(
    server: FakeMailServer,
) -> None:
    server.mails = {uid: letter() for uid in (1, 2, 3)}
    server.refused = {2}
    done = read(mailbox_at(server), at=NOW).mails
    assert (done.kept, done.quarantined) == (2, 1)


def test_a_mail_that_makes_the_server_hang_up_stops_its_folder_for_a_while_only(
    server: FakeMailServer,
) -> None:
    server.mails = {uid: letter() for uid in (1, 2, 3)}
    server.hanging_up = {2}
    mailbox = mailbox_at(server)
    states = [read(mailbox, at=NOW).state for _ in range(11)]
    assert states == ["failed"] * 9 + ["read"] * 2
    assert [delivery.state for delivery in deliveries_of(mailbox)] == [
        *("waiting", "quarantined", "waiting")
    ]
    server.hanging_up = set()
    read_again(mailbox=mailbox)
    done = read(mailbox, at=NOW).mails
    assert (done.kept, done.duplicates) == (1, 2)


def test_a_mail_that_vanishes_between_listing_and_fetching_is_passed_over(
    server: FakeMailServer,
) -> None:
    server.mails = {uid: letter() for uid in (1, 2, 3)}
    server.vanishing = {2}
    mailbox = mailbox_at(server)
    done = read(mailbox, at=NOW).mails
    assert (done.kept, done.quarantined) == (2, 0)
    assert folder_of(mailbox).last_uid == 3


def test_a_mail_whose_uid_shows_up_late_is_taken(server: FakeMailServer) -> None:
    server.mails = {uid: letter() for uid in (1, 2, 4)}
    mailbox = mailbox_at(server)
    read(mailbox, at=NOW)
    server.mails[3] = letter("late")
    assert read(mailbox, at=NOW).mails.kept == 1
    assert read(mailbox, at=NOW).mails.duplicates == 0


def test_a_size_that_is_only_estimated_does_not_let_a_large_mail_through(
    server: FakeMailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.operations.mailboxes.fetch_mailbox.MAX_BYTES", 2000)
    server.mails = {1: letter("x" * 3000)}
    server.size_factor = 0.5
    mailbox = mailbox_at(server)
    assert read(mailbox, at=NOW).mails.quarantined == 1
    assert len(deliveries_of(mailbox)[0].body) < 1000


@pytest.mark.parametrize("date", ["NIL", '"yesterday"', '"32-Foo-2026 23:59:59 +0000"'])
def test_a_date_that_nobody_can_read_is_no_date(date: str, server: FakeMailServer) -> None:
    server.mails = {1: letter()}
    server.internaldate = date
    mailbox = mailbox_at(server)
    read(mailbox, at=NOW)
    (delivery,) = deliveries_of(mailbox)
    assert (delivery.received_at, delivery.times["internaldate"]) == (NOW, None)


def test_a_date_with_an_offset_is_an_instant(server: FakeMailServer) -> None:
    server.mails = {1: letter()}
    server.internaldate = '"25-Nov-2026 11:00:00 +0130"'
    mailbox = mailbox_at(server)
    read(mailbox, at=NOW)
    assert deliveries_of(mailbox)[0].received_at == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def test_a_folder_of_many_mails_is_listed_in_answers_of_bounded_length(
    server: FakeMailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.inbound.imap.connection._UIDS_PER_SEARCH", 10)
    server.mails = {uid: letter() for uid in range(5, 60, 3)}
    mailbox = mailbox_at(server)
    assert read(mailbox, at=NOW).mails.kept == len(server.mails)
    searches = [line for line in server.said if "SEARCH" in line]
    assert len(searches) == 6


def test_no_command_of_ours_changes_anything(server: FakeMailServer) -> None:
    server.mails = {1: letter(), 2: letter()}
    read(mailbox_at(server), at=NOW)
    commands = {" ".join(line.split()[1:3]) for line in server.said if " " in line}
    assert commands <= {
        *("AUTHENTICATE PLAIN", 'EXAMINE "INBOX"', "UID SEARCH", "UID FETCH"),
        *("CAPABILITY", "LOGOUT"),
    }
    assert not any("BODY[" in line for line in server.said)


def test_a_server_without_uidvalidity_says_so(server: FakeMailServer) -> None:
    server.uidvalidity = 0
    done = read(mailbox_at(server), at=NOW)
    assert done.state == "failed"
    assert "UIDVALIDITY" in done.error
