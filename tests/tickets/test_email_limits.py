"""Whatever the bytes: a record or Unreadable, soon, and text that can be stored."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos import share_of
from tickets.domain.incoming import Unreadable
from tickets.inbound.email import ParsedMail, parse_mail

PAYLOADS = sorted((Path(__file__).parent.parent / "payloads" / "email").glob("*.eml"))
MUTANTS = share_of(2400, parts=3)
HEAD = b"From: Bob <bob@example.com>\r\nSubject: x\r\nContent-Type: %s\r\n\r\n"


def read(raw: bytes) -> ParsedMail | None:
    """The record, None when the mail is unreadable; anything else raised is a bug."""
    try:
        mail = parse_mail(raw, own_mx_hosts=["mx1.sivocenter.com"])
    except Unreadable as error:
        if error.__cause__ is not None:  # caught at the door, but a bug all the same
            raise error.__cause__ from None
        return None
    return mail


def check(mail: ParsedMail) -> None:
    """What holds for every record: storable text, bare addresses, a reply where a body is."""
    texts = [
        mail.subject, mail.sender, mail.sender_name, mail.reply_to, mail.message_id, mail.body,
        mail.reply, mail.html, mail.auto_reason, mail.return_path or "", *mail.recipients,
        *mail.references, *mail.bounced_ids, *mail.notes,
        *(text for each in mail.attachments for text in (each.name, each.media_type)),
    ]  # fmt: skip
    joined = json.dumps(texts, ensure_ascii=False)
    joined.encode("utf-8")
    assert not any("\x00" in text for text in texts)
    assert "\r" not in mail.body
    assert not set(mail.subject) & set("\r\n\t")
    assert mail.reply in mail.body
    assert bool(mail.reply.strip()) == bool(mail.body.strip())
    assert all(each.media_type == each.media_type.lower() for each in mail.attachments)
    assert all(each.name and "/" not in each.name for each in mail.attachments)
    assert mail.sender == "".join(mail.sender.split())


def mutant(source: random.Random, raw: bytes) -> bytes:
    """The mail with up to five things broken."""
    data = bytearray(raw)
    for _ in range(source.randint(1, 5)):
        at = source.randrange(len(data) + 1)
        match source.randrange(8):
            case 0:
                data[at : at + 1] = bytes([source.randrange(256)])
            case 1:
                del data[at:]
            case 2:
                del data[at : at + source.randint(1, 80)]
            case 3:
                lines = data.split(b"\n")
                line = source.choice(lines)
                lines.insert(source.randrange(len(lines) + 1), line)
                data = bytearray(b"\n".join(lines))
            case 4:
                data[at:at] = source.choice(
                    [b"\x00", b"\r", b"=?utf-8?q?=", b"?=", b'"', b"<", b"(", b";", b"\xff\xfe",
                     b"=?utf-7?Q?+2AA-?=", b"Content-Type: message/rfc822\n\n", b"--", b"\n\n",
                     b"; charset=utf-16", b"\nContent-Transfer-Encoding: base64\n", b"*0*=%", b","]
                )  # fmt: skip
            case 5:
                data = data.replace(b"boundary=", source.choice([b"boundary", b"b*0=", b"x="]))
            case 6:
                data = data.replace(b"utf-8", source.choice([b"utf-7", b"zip", b"idna", b"cp949"]))
            case _:
                data = data.replace(b"\r\n", source.choice([b"\n", b"\r", b"\r\r\n"]))
        if not data:
            break
    return bytes(data)


def test_broken_mails_are_read_or_put_aside() -> None:
    source = random.Random(20261123)
    mails = [path.read_bytes() for path in PAYLOADS]
    began = time.process_time()
    unreadable = 0
    for _ in range(MUTANTS):
        mail = read(mutant(source, source.choice(mails)))
        if mail is None:
            unreadable += 1
        else:
            check(mail)
    assert unreadable < MUTANTS // 10
    assert time.process_time() - began < 60


@settings(max_examples=share_of(300, parts=3), deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail_or_unreadable(raw: bytes) -> None:
    mail = read(raw)
    if mail is not None:
        check(mail)


_VALUES = st.sampled_from(
    [b"text/html", b"multipart/mixed; boundary=b", b"base64", b"=?utf-8?B?/w==?=", b"<a@b>", b"<>"]
) | st.binary(max_size=60)
_NAMES = st.sampled_from(
    [
        b"From", b"To", b"Subject", b"Date", b"Content-Type", b"Content-Transfer-Encoding",
        b"Content-Disposition", b"Message-ID", b"References", b"Return-Path", b"Received",
        b"Authentication-Results", b"Auto-Submitted", b"Precedence", b"List-Id", b"Reply-To",
    ]
)  # fmt: skip


@settings(max_examples=share_of(400, parts=3), deadline=None, derandomize=True)
@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=12), st.binary(max_size=200))
def test_any_header_values_are_read(fields: list[tuple[bytes, bytes]], body: bytes) -> None:
    mail = read(b"".join(b"%s: %s\r\n" % field for field in fields) + b"\r\n--b\r\n\r\n" + body)
    if mail is not None:
        check(mail)


def nested(depth: int) -> bytes:
    lines = [b"From: a@b.c"]
    for level in range(depth):
        lines += [b"Content-Type: multipart/mixed; boundary=x%d" % level, b"", b"--x%d" % level]
    return b"\n".join([*lines, b"", b"hello"])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"\r\n\x00 \n", "empty"),
        (b"From: a@b.c\n\n" + b"x" * (25 * 1024 * 1024), "25 MB"),
        (b"Subject: " + b"x" * (256 * 1024) + b"\n\nx", "256 KB"),
        (b"X: y\n" * 60_000 + b"\nx", "256 KB"),
        (b"X: y\n" + b" z\n" * 100_000 + b"\nx", "256 KB"),
        (nested(101), "100 deep"),
        (HEAD % b"multipart/mixed; boundary=b" + b"--b\n\nx\n" * 1001, "1000 parts"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mail_beyond_the_limits_is_put_aside(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_mail(raw)


def test_a_mail_at_the_limits_is_read() -> None:
    assert parse_mail(nested(100)).body == "hello"
    assert parse_mail(b"Subject: " + b"x" * 200_000 + b"\n\nbody").body == "body"
    parts = HEAD % b"multipart/mixed; boundary=b" + b"--b\n\nx\n" * 999
    assert parse_mail(parts).body.count("x") == 999


HOSTILE = {
    "endless mails in mails": b"Content-Type: message/rfc822\n\n" * 100_000,
    "addresses": b"To: " + b"a@b.c, " * 36_000 + b"\n\nx",
    "brackets": b"From: " + b"(" * 250_000 + b"\n\nx",
    "colons": b"From: " + b"a:" * 125_000 + b"\n\nx",
    "at signs": b"From: " + b"a@" * 125_000 + b"\n\nx",
    "words never closed": b"Subject: " + b"=?a?q?" * 40_000 + b"\n\nx",
    "many words": b"Subject: " + b"=?utf-8?q?=41?= " * 16_000 + b"\n\nx",
    "references": b"References: " + b"<a@b> " * 40_000 + b"\n\nx",
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 50_000 + b"\n\nx",
    "escapes": b"Content-Type: text/plain; a=" + b'"\\' * 100_000 + b"\n\nx",
    "comments": b"Authentication-Results: " + b"(((((a)" * 30_000 + b"\n\nx",
    "subject of a bounce": b"From: mailer-daemon@x\nSubject: " + b"mail " * 50_000 + b"\n\nx",
    "near boundaries": HEAD % b"multipart/mixed; boundary=b" + b"--bx\n" * 500_000,
    "markers on one line": HEAD % b"multipart/mixed; boundary=b" + b"--b" * 1_000_000,
    "deep html": HEAD % b"text/html" + b"<div>" * 100_000 + b"x",
    "deep quotes": HEAD % b"text/html" + b"<blockquote>x" * 50_000,
    "list of items": HEAD % b"text/html" + b"<ol>" + b"<li>hello" * 50_000,
    "attributes": HEAD % b"text/html" + b"<p " + b"a=b " * 300_000 + b">x",
    "reports": HEAD % b"message/delivery-status" + b"Action: failed\n\n" * 200_000,
    "base64 pieces": b"Content-Transfer-Encoding: base64\n\n" + b"QQ==\n" * 500_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mail_costs_little(raw: bytes) -> None:
    began = time.process_time()
    mail = read(raw)
    assert time.process_time() - began < 10
    assert mail is None or mail.reply in mail.body
