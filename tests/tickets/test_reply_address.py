"""Signed plus-addresses and the mark of our own mails: nobody else can make one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.incoming import Author, IncomingMessage
from tickets.domain.own_mail import is_own_mail, loop_token
from tickets.domain.reply_address import sign, ticket_of
from tickets.domain.words import AuthorKind, Channel
from tickets.inbound.mail import parse
from tickets.outbound.keys import signing_keys

KEY, OLD = b"k" * 32, b"o" * 32
SUPPORT = "support@sivocenter.example"
SIGNED = sign(address=SUPPORT, ticket=1042, key=KEY)


@given(st.integers(1, 10**18 - 1), st.binary(min_size=16, max_size=64))
def test_what_we_signed_we_read_back(ticket: int, key: bytes) -> None:
    address = sign(address=SUPPORT, ticket=ticket, key=key)
    assert ticket_of([address], [key]) == ticket
    assert ticket_of([address.upper()], [key]) == ticket
    assert len(address.partition("@")[0]) <= 64


def test_it_is_found_among_other_recipients_and_under_an_older_key() -> None:
    recipients = ["bob@acme.example", "", "no at", SUPPORT, SIGNED]
    assert ticket_of(recipients, [b"n" * 32, KEY]) == 1042
    assert ticket_of(recipients, [b"n" * 32]) is None
    assert ticket_of([], [KEY]) is None


LOCAL, _, DOMAIN = SIGNED.partition("@")
MAC = LOCAL.rpartition(".")[2]


@pytest.mark.parametrize(
    "forged",
    [
        f"support+t1043.{MAC}@{DOMAIN}",
        f"support+t1042.{'a' * 16}@{DOMAIN}",
        f"support+t1042.{MAC[:-1]}@{DOMAIN}",
        f"support+t1042.{MAC}a@{DOMAIN}",
        f"support+t01042.{MAC}@{DOMAIN}",
        f"support+t1042.@{DOMAIN}",
        f"support+t1042@{DOMAIN}",
        f"support+1042.{MAC}@{DOMAIN}",
        f"support+t١٠٤٢.{MAC}@{DOMAIN}",
        f"support+t{'9' * 19}.{MAC}@{DOMAIN}",
        f"support.t1042.{MAC}@{DOMAIN}",
        sign(address=SUPPORT, ticket=1042, key=OLD),
    ],
)
def test_a_forged_address_names_no_ticket(forged: str) -> None:
    assert ticket_of([forged], [KEY]) is None


def test_an_address_without_room_gets_none() -> None:
    assert sign(address=f"{'x' * 60}@sivo.example", ticket=1042, key=KEY) == ""
    assert sign(address="nowhere", ticket=1042, key=KEY) == ""


def test_the_service_signs_with_its_newest_key_and_believes_the_older_ones(
    settings: object,
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []
    before = sign(address=SUPPORT, ticket=7, key=signing_keys()[0])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old"]
    assert ticket_of([before], signing_keys()) == 7
    assert sign(address=SUPPORT, ticket=7, key=signing_keys()[0]) != before
    settings.SECRET_KEY_FALLBACKS = []
    assert ticket_of([before], signing_keys()) is None


def came(token: str, message_id: str = "abc@sivocenter.example") -> IncomingMessage:
    return IncomingMessage(
        thread="",
        key=message_id,
        author=Author(kind=AuthorKind.CUSTOMER, email="bob@acme.example"),
        subject="",
        body="",
        reply="",
        channel=Channel.EMAIL,
        loop_token=token,
    )


TOKEN = loop_token(instance="sivo-1", message_id="abc@sivocenter.example", key=KEY)


def test_a_mail_of_ours_that_comes_back_is_known() -> None:
    assert is_own_mail(came(TOKEN), [OLD, KEY])
    assert is_own_mail(came(TOKEN.upper()), [KEY])


@pytest.mark.parametrize(
    "token",
    [
        "",
        "sivo-1",
        "sivo-1.",
        f"sivo-2.{TOKEN.partition('.')[2]}",
        "sivo-1." + "a" * 24,
        TOKEN + "a",
    ],
)
def test_a_forged_mark_changes_nothing(token: str) -> None:
    assert not is_own_mail(came(token), [KEY])


def test_a_mark_copied_from_another_mail_of_ours_changes_nothing() -> None:
    assert not is_own_mail(came(TOKEN, "other@acme.example"), [KEY])
    assert not is_own_mail(came(TOKEN, ""), [KEY])
    assert not is_own_mail(came(TOKEN), [])


def test_the_mark_is_read_from_the_header_of_a_mail() -> None:
    raw = (
        f"From: Bob <bob@acme.example>\r\nMessage-ID: <abc@sivocenter.example>\r\n"
        f"X-SIVO-Loop: {TOKEN}\r\nSubject: x\r\n\r\nx\r\n"
    ).encode()
    (incoming,) = parse(raw, own_mx_hosts=())
    assert is_own_mail(incoming, [KEY])
