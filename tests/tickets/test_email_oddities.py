"""Mails that break a rule in a way that a person still reads: what is made of each."""

import base64
from typing import Any

import pytest

from tickets.domain.words import MailKind
from tickets.inbound.email import ParsedMail, parse_mail
from tickets.inbound.email.addresses import addresses
from tickets.inbound.email.parameters import parse_value
from tickets.inbound.email.transfer import decode_transfer
from tickets.inbound.email.uuencoded import without_files

HEAD = b"From: bob@example.com\n"
CAT = b"begin 644 cat.txt\n#0V%T\n`\nend\n"


def files(mail: ParsedMail) -> list[tuple[str, str, bytes]]:
    return [(each.name, each.media_type, each.content) for each in mail.attachments]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('"bob@home"@Example.com', '"bob@home"@example.com'),
        ('Bob <"bob b"@Example.com>', '"bob b"@example.com'),
        ('"bob"@example.com', "bob@example.com"),
        ("Bob [bob@example.com]", "bob@example.com"),
        ("bob@[192.0.2.1]", "bob@[192.0.2.1]"),
        ("Bob <bob(at work)@example.com>", "bob@example.com"),
        ('"Bob" bob@example.com', "bob@example.com"),
        ('"a" "b"@example.com', "b@example.com"),
    ],
)
def test_an_address_keeps_the_quotes_that_it_needs(raw: str, expected: str) -> None:
    assert [each.email for each in addresses(raw)] == [expected]


@pytest.mark.parametrize(
    ("data", "encoding", "plain"),
    [
        (b"UGhvbmU=", '"base64"', b"Phone"),
        (b"UGhvbmU=", "base64.", b"Phone"),
        (b"Phone", "base64x", b"Phone"),
        (b"a=C3=B1o", "quoted_printable", "año".encode()),
        (b"a soft = \nbreak", "quoted-printable", b"a soft break"),
        (b"Hello, this was never encoded.", "base64", b"Hello, this was never encoded."),
        (b"UGhv\n\n_____\nthe footer of a list\n", "base64", b"Pho"),
        (b"UGhv\r\n\r\nbm\r\nUg", "base64", b"Phone "),
    ],
)
def test_a_transfer_encoding_is_undone_where_there_is_one(
    data: bytes, encoding: str, plain: bytes
) -> None:
    assert decode_transfer(data, encoding) == plain


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        (b'attachment filename="a.pdf"', "attachment", {"filename": "a.pdf"}),
        (b"text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b"charset=utf-8", "", {"charset": "utf-8"}),
        (b"attachment; filename='a b.pdf'", "attachment", {"filename": "a b.pdf"}),
        (b"attachment; filename=it's.pdf", "attachment", {"filename": "it's.pdf"}),
    ],
)
def test_a_lost_semicolon_and_strange_quotes_are_understood(
    raw: bytes, value: str, parameters: dict[str, str]
) -> None:
    assert parse_value(raw) == (value, parameters)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"no colon in here\nSubject: s\n\ntext", {"subject": "s", "body": "text"}),
        (b"From x Mon Nov 23 09:00 2026\nSubject: s\n\nb", {"subject": "s", "body": "b"}),
        (b"Subject: s\ntext at once\nmore: text", {"body": "text at once\nmore: text"}),
        (b"Subject: \x1b$BEEOC\x1b(B\n\n", {"subject": "電話"}),
        (b"Content-Type: text/plain; charset=us-ascii\n\n\x1b$BEEOC\x1b(B", {"body": "電話"}),
        (
            b"Subject: \xd2\xe5\xf1\xf2\nContent-Type: text/plain; charset=windows-1251\n\n\xf2",
            {"subject": "Тест", "body": "т"},
        ),
        (
            "Subject: año\nContent-Type: text/plain; charset=windows-1251\n\n".encode(),
            {"subject": "año"},
        ),
        (
            b"Subject: a\xf1o\nContent-Type: text/plain; charset=utf-16\n\ntext",
            {"subject": "año", "body": "text"},
        ),
    ],
)
def test_headers_that_break_the_rules_are_read(raw: bytes, fields: dict[str, Any]) -> None:
    mail = parse_mail(HEAD + raw)
    assert {name: getattr(mail, name) for name in fields} == fields


def test_a_file_inside_the_text_is_a_file() -> None:
    mail = parse_mail(HEAD + b"Subject: s\n\nSee the file:\n\n" + CAT + b"\nBye\n")
    assert mail.body.split() == ["See", "the", "file:", "Bye"]
    assert files(mail) == [("cat.txt", "application/octet-stream", b"Cat")]


def test_files_inside_an_alternative_come_before_the_attachments() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: multipart/alternative; boundary=a\n\n"
        b"--a\nContent-Type: text/plain\n\nHi\n" + CAT + b"--a--\n"
        b"--b\nContent-Type: image/png; name=../a.png\n\nx\n--b--\n"
    )
    mail = parse_mail(HEAD + raw)
    assert mail.body == "Hi"
    assert [name for name, _, _ in files(mail)] == ["cat.txt", "a.png"]


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 the work\nand at the\nend\n",
        b"begin 644 a.txt\n#0V%T\n",
        b"begin 644 a.txt\nend\n",
        b"begin with this:\n#0V%T\nend\n",
    ],
)
def test_what_only_looks_like_a_file_stays_text(text: bytes) -> None:
    assert without_files(text) == (text, [])


def test_uuencoded_bytes_come_back() -> None:
    content = bytes(range(256)) * 3
    lines = [content[at : at + 45] for at in range(0, len(content), 45)]
    encoded = b"".join(uuencoded(line) for line in lines)
    block = b"begin 644 all.bin\n" + encoded + b"`\nend\n"
    assert without_files(b"x\n" + block + b"y\n") == (b"x\ny\n", [("all.bin", content)])
    stripped = b"\n".join(line.rstrip() for line in block.replace(b"`", b" ").split(b"\n"))
    assert without_files(stripped)[1] == [("all.bin", content)]


def uuencoded(line: bytes) -> bytes:
    """A line by way of base64, whose alphabet has the same order."""
    table = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    padded = base64.b64encode(line + b"\x00" * (-len(line) % 3))
    return bytes([32 + len(line)]) + bytes(32 + table.index(each) or 96 for each in padded) + b"\n"


RECEIPT = (
    b"Content-Type: multipart/report; boundary=b\n\n--b\n\nread\n"
    b"--b\nContent-Type: message/disposition-notification\n\nDisposition: x; displayed\n--b--\n"
)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (RECEIPT, MailKind.AUTO),
        (b"Subject: AUTO: Ann is out of the office (returning 30.11.2026)\n\nx", MailKind.AUTO),
        (b"Subject: Ann Baker is out of the office.\n\nx", MailKind.AUTO),
        (b"Subject: Ann is out of the office, who helps?\n\nx", MailKind.HUMAN),
        ("Subject: 自动答复: 电话\n\nx".encode(), MailKind.AUTO),
        (b"Subject: failure notice\n\nuser unknown", MailKind.HUMAN),
        (b"Subject: failure notice\nReturn-Path: <>\n\nwhat is it?", MailKind.HUMAN),
        (b"Subject: failure notice\nReturn-Path: <>\n\n550 5.1.1 user unknown", MailKind.BOUNCE),
        (b"Subject: Re: failure notice\nReturn-Path: <>\n\n550 5.1.1 unknown", MailKind.HUMAN),
    ],
)
def test_reports_in_prose_are_told_from_people(raw: bytes, kind: MailKind) -> None:
    assert parse_mail(HEAD + raw).kind is kind


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"From: MAILER-DAEMON@x.org\nSubject: Re: hello\n\n<a@b.c>: user unknown", "bounce"),
        (b"From: MAILER-DAEMON@x.org\nSubject: Re: hello\n\nI am a server", "auto"),
        (b"From: postmaster@x.org\nSubject: Re: hello\n\n550 5.1.1 user unknown", "human"),
        (b"From: System Administrator\nSubject: Undeliverable: hello\n\nx", "bounce"),
        (b"From: post_master@x.org\nSubject: Undeliverable Message\n\nx", "bounce"),
    ],
)
def test_a_mail_server_is_no_person_but_a_postmaster_may_be(raw: bytes, kind: str) -> None:
    assert parse_mail(raw).kind == MailKind(kind)
