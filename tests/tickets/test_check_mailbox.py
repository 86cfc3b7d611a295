"""The live test of a mailbox: each step in words, nothing changed, nothing raised."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.tickets.dovecot import PASSWORD, Dovecot, needs_dovecot
from tests.tickets.imap_fake import fake_mail_server
from tests.tickets.mailboxes import letter
from tests.tickets.oauth_fake import FakeProvider, fake_provider
from tickets.models import Mailbox
from tickets.operations.mailboxes.check_mailbox import CheckStep, MailboxCheck, check_mailbox
from tickets.operations.mailboxes.mailbox_login import TokenStore

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def unsaved(at: int, user: str = "bob", **changes: object) -> Mailbox:
    fields: dict[str, object] = {
        "host": "localhost",
        "port": at,
        "security": "none",
        "username": user,
        "password": PASSWORD,
        "starts_at": NOW,
    }
    return Mailbox(**(fields | changes))


def outcome(check: MailboxCheck) -> list[tuple[str, bool]]:
    return [(step.step.value, step.passed) for step in check.steps]


@needs_dovecot
def test_a_mailbox_that_works_passes_every_step(mail_server: Dovecot) -> None:
    user, came = mail_server.new_user(), datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
    mail_server.put(user, letter(), at=came - timedelta(days=1))
    mail_server.put(user, letter(), at=came)
    ticks = count()
    check = check_mailbox(
        unsaved(mail_server.port, user, sent_folder="Sent"), now=NOW, timer=lambda: next(ticks)
    )
    assert outcome(check) == [
        ("connect", True),
        ("log_in", True),
        ("list_folders", True),
        ("open_sent_folder", True),
        ("open_folder", True),
        ("read_header", True),
    ]
    assert check.passed
    assert (check.folders, check.sent_folder, check.can_idle) == (("INBOX", "Sent"), "Sent", True)
    assert [step.detail for step in check.steps[2:]] == [
        *("INBOX, Sent", "0", "2", "2026-11-01T10:30:00Z")
    ]
    assert {step.seconds for step in check.steps} == {1}
    with mail_server.client(user) as client:
        client.select_folder("INBOX")
        assert not any(b"\\Seen" in flags for flags in client.get_flags([1, 2]).values())


@needs_dovecot
def test_an_empty_mailbox_passes_too(mail_server: Dovecot) -> None:
    check = check_mailbox(unsaved(mail_server.port, mail_server.new_user()), now=NOW)
    assert check.passed
    assert check.steps[-1].sentence == "There is no mail yet whose header could be read."


@needs_dovecot
def test_a_missing_folder_fails_its_step_and_names_those_that_exist(mail_server: Dovecot) -> None:
    mailbox = unsaved(mail_server.port, mail_server.new_user(), folder="Soporte")
    check = check_mailbox(mailbox, now=NOW)
    assert not check.passed
    assert outcome(check)[-1] == ("open_folder", False)
    assert check.steps[-1].sentence.startswith("There is no such folder")
    assert check.steps[-1].detail == "INBOX, Sent"
    assert check.folders == ("INBOX", "Sent")


@pytest.mark.parametrize(
    ("changes", "step", "sentence"),
    [
        ({"host": "mail.example"}, "connect", "Without encryption only"),
        ({"host": "169.254.169.254", "security": "tls"}, "connect", "This is no address"),
        ({"port": 1}, "connect", "The server does not answer"),
        ({"password": "a\r\nb"}, "connect", "The user name or the password has characters"),
        ({"security": "?"}, "connect", "Something of our own went wrong"),
        ({"login_kind": "xoauth2"}, "token", "The provider gives out no more access tokens"),
    ],
)
def test_a_step_that_fails_is_the_last_one(
    changes: dict[str, object], step: str, sentence: str
) -> None:
    check = check_mailbox(unsaved(1, **changes), now=NOW)
    assert outcome(check) == [(step, False)]
    assert check.steps[0].sentence.startswith(sentence)


def test_a_wrong_password_is_not_shown() -> None:
    with fake_mail_server(login_answer="NO [AUTHENTICATIONFAILED] no") as server:
        check = check_mailbox(unsaved(server.port), now=NOW)
    assert outcome(check) == [("connect", True), ("log_in", False)]
    assert PASSWORD not in repr(check)


def test_an_answer_that_breaks_the_protocol_is_said_in_words() -> None:
    with fake_mail_server(internaldate='"x" (((', mails={1: letter()}) as server:
        check = check_mailbox(unsaved(server.port), now=NOW)
    failed = check.steps[-1]
    assert (failed.step, failed.passed) == (CheckStep.READ_HEADER, False)
    assert failed.detail == "its answer cannot be read"


def test_the_token_is_the_first_step_and_a_rotated_refresh_token_stays_with_the_mailbox() -> None:
    with fake_provider() as provider, fake_mail_server(login_answer="OK in") as server:
        mailbox = oauth_mailbox(server.port)
        check = check_mailbox(mailbox, now=NOW, store=TokenStore(provider.providers))
    assert outcome(check)[:3] == [("token", True), ("connect", True), ("log_in", True)]
    assert mailbox.oauth_refresh_token == "refresh-1"
    assert "access-1" not in repr(check)


def oauth_mailbox(port: int) -> Mailbox:
    return unsaved(
        port,
        login_kind="xoauth2",
        oauth_provider="google",
        oauth_client_id="client",
        oauth_refresh_token=FakeProvider().refresh_token,
    )
