"""Hostile mails of double size cost about double: no pattern and no walk is quadratic."""

import base64
from collections.abc import Callable

import pytest

from tests.tickets import tnef_writer as w
from tests.tickets.linear_time import check_linear
from tickets.domain.incoming import Unreadable
from tickets.domain.reply import trim_reply
from tickets.inbound.email import parse_mail

DAEMON = b"From: mailer-daemon@x.example\nReturn-Path: <>\nSubject: failure notice\n"
ROBOT = b"From: no-reply@x.example\nReturn-Path: <>\nSubject: Undeliverable mail\n"
HTML = b"From: a@x.example\nContent-Type: text/html\n\n"
MIXED = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n"
FILE = b"From: a@x.example\nContent-Transfer-Encoding: base64\nContent-Type: application/"
TNEF = FILE + b"ms-tnef\n\n"
P7M = FILE + b"pkcs7-mime\n\n"


def tnef(*attributes: bytes) -> bytes:
    return TNEF + base64.encodebytes(w.tnef(*attributes))


# A mail of n pieces, and an n for which it costs some hundredths of a second.
HOSTILE: dict[str, tuple[Callable[[int], bytes], int]] = {
    "recipients": (lambda n: b"To: " + b"a@b.example, " * n + b"\n\nx", 2000),
    "quotes never closed": (lambda n: b"From: " + b'"a ' * n + b"\n\nx", 20_000),
    "comments in comments": (lambda n: b"From: " + b"(a" * n + b")" * n + b" a@b.c\n\nx", 20_000),
    "brackets": (lambda n: b"From: " + b"<a," * n + b"\n\nx", 10_000),
    "blanks in a name": (lambda n: b"From: " + b"a " + b" " * n + b"b\n\nx", 60_000),
    "blanks between names": (lambda n: b"From: " + b"a \t " * n + b"\n\nx", 20_000),
    "words half encoded": (lambda n: b"Subject: " + b"=?utf-8?q?a?" * n + b"\n\nx", 5000),
    "words encoded": (lambda n: b"From: " + b"=?utf-8?q?=41?= " * n + b"\n\nx", 4000),
    "folds": (lambda n: b"Subject: a" + b"\n b" * n + b"\n\nx", 20_000),
    "parameters": (lambda n: b"Content-Type: a/b" + b"; a*1*=%41" * n + b"\n\nx", 5000),
    "a subject of failures": (lambda n: b"From: mailer-daemon\nSubject: " + b"mail " * n, 20_000),
    "a bounce of one line": (lambda n: DAEMON + b"\n" + b"user " * n, 50_000),
    "a bounce of addresses": (lambda n: ROBOT + b"\n" + b"sent to <a@b " * n, 20_000),
    "a bounce of ids": (lambda n: DAEMON + b"\n" + b"Message-ID: \n" * n, 5000),
    "a bounce of codes": (lambda n: DAEMON + b"\n" + b"4.1.1.1 550" * n, 20_000),
    "statuses": (
        lambda n: DAEMON + b"Content-Type: message/delivery-status\n\n" + b"Action: x\n\n" * n,
        5000,
    ),
    "away for ever": (lambda n: b"Subject: x\nReturn-Path: <>\n\n" + b"I am away " * n, 20_000),
    "phrases half said": (
        lambda n: b"Subject: x\n\n" + b"your message you have this is an " * n,
        5000,
    ),
    "a notice of fields": (lambda n: ROBOT + b"\n" + b"To: a@b.c Subject: \n" * n, 5000),
    "quotations never closed": (lambda n: b"Subject: x\n\n" + b'"a b c d e ' * n, 20_000),
    "names below": (lambda n: b"From: Bob <b@c.d>\nPrecedence: bulk\n\nHi\n" + b"Bo\n" * n, 20_000),
    "near boundaries": (lambda n: MIXED + b"--bx\n" * n, 10_000),
    "html of tables": (lambda n: HTML + b"<table><tr><td>a" * n, 1500),
    "html of quotes": (lambda n: HTML + b"<blockquote>a" * n, 1500),
    "html never closed": (lambda n: HTML + b"<a b=<" * n, 10_000),
    "html of attributes": (
        lambda n: HTML + b"<p " + b" ".join(b"a%d='>'" % each for each in range(n)) + b">x",
        5000,
    ),
    "html of pictures": (lambda n: HTML + b"<p>src=   " * n, 1500),
    "enriched": (
        lambda n: b"From: a@x.example\nContent-Type: text/enriched\n\n" + b"<a" * n,
        50_000,
    ),
    "blank lines in base64": (
        lambda n: b"Content-Transfer-Encoding: base64\n\nQUJD" + b"\n \n" * n,
        50_000,
    ),
    "soft breaks": (
        lambda n: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=   " * n,
        50_000,
    ),
    "flowed": (lambda n: b"Content-Type: text/plain; format=flowed\n\n" + b"> a \n" * n, 10_000),
    "uuencoded": (lambda n: b"Subject: x\n\n" + b"begin 644 a\n#0V%T\n" * n, 2000),
    "attributes of winmail.dat": (lambda n: tnef(w.attribute(1, 1, 1, b"") * n), 4000),
    "properties of winmail.dat": (lambda n: tnef(w.message(*[w.prop(3, 9, b"abcd")] * n)), 4000),
    "files of winmail.dat": (lambda n: tnef(w.file(b"a", b"b" * n)), 500_000),
    "rich text": (
        lambda n: tnef(w.message(w.prop(0x102, 0x1009, w.stored_rtf(b"{\\a" * n)))),
        4000,
    ),
    "signed pieces": (
        lambda n: P7M + base64.encodebytes(w.cms_signed(b"a: b\n\n" + b"c" * n, pieces=True)),
        500_000,
    ),
}
TEXTS: dict[str, tuple[str, int]] = {
    "openings": ("On Mon 10:00 2026 bob@x.com\n", 800),
    "on": ("On ", 8000),
    "colons": ("a:\n", 1500),
    "fields": ("From: a\n", 1000),
    "rules": ("-----\n", 1500),
    "quotes and answers": ("> a\nb\n", 4000),
    "dashes": ("- - ", 8000),
    "signatures": ("--\n\n", 2500),
    "telephones": ("Sent from my iPhone\n", 1500),
    "names": ("-Bob Baker\n", 1500),
    "lines above": ("Reply above this line\n", 1500),
    "addresses": ("x <a@b.c> ", 3000),
}


def read(raw: bytes) -> None:
    """Beyond a limit is an answer; anything else that raises is a bug."""
    try:
        parse_mail(raw)
    except Unreadable as error:
        if error.__cause__ is not None:
            raise


@pytest.mark.parametrize(("make", "n"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mail_of_four_times_the_size_costs_four_times(
    make: Callable[[int], bytes], n: int
) -> None:
    def task(size: int) -> Callable[[], object]:
        raw = make(size)
        return lambda: read(raw)

    check_linear(task, n)


@pytest.mark.parametrize(("piece", "n"), TEXTS.values(), ids=TEXTS)
def test_trimming_a_hostile_text_of_four_times_the_size_costs_four_times(
    piece: str, n: int
) -> None:
    def task(size: int) -> Callable[[], object]:
        text = "x\n" + piece * size
        return lambda: trim_reply(text)

    check_linear(task, n)
