"""Reaching a mailbox: encrypted, verified, and refused in words that say what to do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.tickets.dovecot import PASSWORD, Dovecot, needs_dovecot
from tests.tickets.imap_fake import fake_mail_server
from tickets.domain import mail_trouble as trouble
from tickets.inbound.imap import Account, Login, Protection, Timeouts, connect

QUICK = Timeouts(connect=1.0, answer=1.0)


def account(**changes: Any) -> Account:
    given: dict[str, Any] = {
        "host": "localhost",
        "port": 1,
        "protection": Protection.NONE,
        "username": "bob",
        "login": Login.PASSWORD,
        "secret": PASSWORD,
    }
    return Account(**(given | changes))


@contextmanager
def stranger(first_words: bytes) -> Iterator[int]:
    """Something on a port that is no mail server."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                if first_words:
                    caller.sendall(first_words)
                caller.recv(100)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(2)


@needs_dovecot
@pytest.mark.parametrize("protection", list(Protection))
def test_a_mailbox_is_reached_in_each_way(protection: Protection, mail_server: Dovecot) -> None:
    port = mail_server.tls_port if protection is Protection.TLS else mail_server.port
    given = account(port=port, protection=protection, username=mail_server.new_user())
    with connect(given, ca_file=str(mail_server.ca_file)) as connection:
        assert [folder.name for folder in connection.folders()] == ["INBOX", "Sent"]
        assert [folder.is_sent for folder in connection.folders()] == [False, True]


@needs_dovecot
@pytest.mark.parametrize("protection", [Protection.TLS, Protection.STARTTLS])
def test_a_certificate_of_an_unknown_authority_is_refused(
    protection: Protection, mail_server: Dovecot
) -> None:
    port = mail_server.tls_port if protection is Protection.TLS else mail_server.port
    with pytest.raises(trouble.CertificateRefused, match="self-signed"):
        connect(account(port=port, protection=protection))


@needs_dovecot
def test_a_certificate_of_another_name_is_refused(mail_server: Dovecot) -> None:
    given = account(host="127.0.0.1", port=mail_server.tls_port, protection=Protection.TLS)
    with pytest.raises(trouble.CertificateRefused, match=r"127\.0\.0\.1"):
        connect(given, ca_file=str(mail_server.ca_file))


@needs_dovecot
def test_a_wrong_password_is_refused_and_not_repeated(mail_server: Dovecot) -> None:
    given = account(port=mail_server.port, username="user0", secret="wrong-horse")
    with pytest.raises(trouble.LoginRefused) as refused:
        connect(given)
    assert "Authentication failed" in refused.value.detail
    assert "wrong-horse" not in str(refused.value) + repr(given)


@pytest.mark.parametrize("host", ["mail.example", "192.0.2.1", "127.0.0.1.nip.example"])
def test_without_encryption_only_this_machine_is_read(host: str) -> None:
    with pytest.raises(trouble.PlainRefused):
        connect(account(host=host))


@pytest.mark.parametrize(
    "host",
    [
        *("", "a b", "mail.example/x", "mail.example\r\nX", "-x.example", "a" * 64, "ñ.example"),
        *("169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::ffff:169.254.169.254"),
        "http://mail.example",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_not_even_tried(host: str) -> None:
    with pytest.raises(trouble.ForbiddenAddress):
        connect(account(host=host, protection=Protection.TLS))


@pytest.mark.parametrize("field", ["username", "secret"])
@pytest.mark.parametrize("text", ["", "a\r\nX1 DELETE INBOX", "a\x00b", "a\x01auth"])
def test_credentials_cannot_become_commands(field: str, text: str) -> None:
    with pytest.raises(trouble.CredentialsUnusable):
        connect(account(**{field: text}))


def test_a_name_that_nobody_knows_says_so() -> None:
    with pytest.raises((trouble.UnknownHost, trouble.NoAnswer)):
        connect(account(host="mail.invalid", protection=Protection.TLS), timeouts=QUICK)


def test_a_closed_port_says_so() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(trouble.NoAnswer, match="refused"):
        connect(account(port=port), timeouts=QUICK)


def test_a_server_that_says_nothing_is_given_up() -> None:
    with stranger(b"") as port, pytest.raises(trouble.NoAnswer, match="no answer in time"):
        connect(account(port=port), timeouts=QUICK)


def test_what_a_stranger_says_is_not_shown() -> None:
    with stranger(b"220 secret-internal-name SMTP\r\n") as port:
        with pytest.raises(trouble.NotAMailServer) as refused:
            connect(account(port=port), timeouts=QUICK)
        assert "secret" not in str(refused.value)


def test_tls_on_a_plain_port_says_so() -> None:
    with fake_mail_server() as server:
        given = account(port=server.port, protection=Protection.TLS)
        with pytest.raises(trouble.NotAMailServer):
            connect(given, timeouts=QUICK)


def test_an_offer_of_starttls_that_was_taken_away_gets_no_password() -> None:
    with fake_mail_server() as server:
        given = account(port=server.port, protection=Protection.STARTTLS)
        with pytest.raises(trouble.NotProtected):
            connect(given, timeouts=QUICK)
        assert not any("AUTH" in line or "LOGIN" in line for line in server.said)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("NO [AUTHENTICATIONFAILED] no", trouble.LoginRefused),
        ("NO nothing to say", trouble.LoginRefused),
        ("NO [UNAVAILABLE] later", trouble.LoginNotPossible),
        ("NO [LIMIT] too many connections", trouble.LoginNotPossible),
        ("BAD what?", trouble.LoginRefused),
    ],
)
def test_a_refusal_is_told_apart_from_trouble_that_passes(
    answer: str, expected: type[trouble.MailTrouble]
) -> None:
    with fake_mail_server(login_answer=answer) as server, pytest.raises(expected):
        connect(account(port=server.port), timeouts=QUICK)


def test_a_server_that_repeats_the_password_does_not_get_it_into_our_words() -> None:
    with fake_mail_server(login_answer=f"NO {PASSWORD} is wrong") as server:
        with pytest.raises(trouble.LoginRefused) as refused:
            connect(account(port=server.port), timeouts=QUICK)
        assert PASSWORD not in str(refused.value)


def test_a_password_beyond_ascii_needs_a_server_that_can_take_it() -> None:
    with fake_mail_server(capabilities="IMAP4rev1") as server:
        with pytest.raises(trouble.CredentialsUnusable):
            connect(account(port=server.port, secret="contraseña"), timeouts=QUICK)
        connect(account(port=server.port, secret='with " and \\'), timeouts=QUICK).close()
    with fake_mail_server() as server:
        connect(account(port=server.port, secret="contraseña"), timeouts=QUICK).close()
