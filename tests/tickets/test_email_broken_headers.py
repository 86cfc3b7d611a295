"""Sender, subject and file names out of headers as real mail has them."""

import pytest

from tickets.inbound.email import parse_mail


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Не работает телефон", "koi8-r"),
        ("Не работает телефон", "cp1251"),
        ("не работает", "iso8859-5"),
        ("电话打不通了请帮忙", "gbk"),
        ("電話打不通了請幫忙", "big5"),
        ("電話がつながりません", "shift_jis"),
        ("電話がつながりません", "euc-jp"),
        ("電話がつながりません", "iso-2022-jp"),
        ("전화가 되지 않습니다", "euc-kr"),
        ("Δεν λειτουργεί το τηλέφωνο", "iso8859-7"),
        ("Avería en Móstoles", "latin-1"),
        ("Störung", "latin-1"),
        ("ÁÉÍ", "latin-1"),
        ("Avería", "utf-8"),
    ],
)
def test_a_subject_in_raw_letters_is_read_in_its_charset(text: str, charset: str) -> None:
    raw = b"From: b@x.example\nSubject: " + text.encode(charset) + b"\n\nbody"
    assert parse_mail(raw).subject == text


@pytest.mark.parametrize(
    ("head", "subject", "sender", "name"),
    [
        ("From: B <b@x.example>\nFrom: A <a@x.example>\nSubject: s", "s", "b@x.example", "B"),
        ("Sender: B <b@x.example>\nSubject: s", "s", "b@x.example", "B"),
        ("From:\nReply-To: b@x.example\nSubject: s", "s", "b@x.example", ""),
        ("Return-Path: <b@x.example>\nSubject: s", "s", "b@x.example", ""),
        ("From: Team: B <b@x.example>;\nSubject: s", "s", "b@x.example", "B"),
        ("From: b@x.example\nSubject:\nSubject: second", "second", "b@x.example", ""),
        ("From: b@x.example\nSubject: first\nSubject: second", "first", "b@x.example", ""),
        (" From: b@x.example\nSubject: s", "s", "b@x.example", ""),
        ("From : B <b@x.example.>\nSubject : s", "s", "b@x.example", "B"),
        ('From: "B <b@x.example>\nSubject: s', "s", "b@x.example", "B"),
        ("From: B (never closed <b@x.example>\nSubject: s", "s", "b@x.example", "B"),
        ("From: B <b@x.example, A <a@x.example>\nSubject: s", "s", "b@x.example", "B"),
        (
            "From: =?utf-8?Q?Mu=C3=B1oz, B?= <b@x.example>\nSubject: s",
            "s",
            "b@x.example",
            "Muñoz, B",
        ),
        ("From: B <=?utf-8?Q?b=40x.example?=>\nSubject: s", "s", "b@x.example", "B"),
        ("From: J <josé@bücher.example>\nSubject: s", "s", "josé@bücher.example", "J"),
        ("From: J <j@XN--Bcher-kva.example>\nSubject: s", "s", "j@xn--bcher-kva.example", "J"),
        ("From: B\n\t<b@x.\n example>\nSubject: a\n\tb\n  c", "a b c", "b@x.example", "B"),
        ("From: b@x.example\nSubject: =?utf-8?Q?A=C3?= =?utf-8?Q?=B1o?=", "Año", "b@x.example", ""),
        ("From: b@x.example\nSubject: =?utf-8?Q?a b?==?utf-8?Q?c?=", "a bc", "b@x.example", ""),
        (
            "From: \"'B' via Support\" <s@y.example>\nX-Original-From: B <b@x.example>\nSubject: s",
            "s",
            "b@x.example",
            "B",
        ),
        (
            "From: B <s@y.example>\nX-Original-From: b@x.example\nSubject: s",
            "s",
            "s@y.example",
            "B",
        ),
    ],
)
def test_sender_and_subject_are_found_in_broken_headers(
    head: str, subject: str, sender: str, name: str
) -> None:
    for line_end in ("\n", "\r\n", "\r"):
        mail = parse_mail(f"{head}\n\nbody".replace("\n", line_end).encode())
        assert (mail.subject, mail.sender, mail.sender_name) == (subject, sender, name)
        assert mail.body == "body"


def test_a_whole_mail_in_utf_16_is_read() -> None:
    mail = parse_mail("From: b@x.example\nSubject: año\n\nbody".encode("utf-16"))
    assert (mail.subject, mail.sender, mail.body) == ("año", "b@x.example", "body")


def test_a_lists_verdict_says_nothing_about_who_wrote_to_it() -> None:
    raw = (
        "Authentication-Results: mx1.sivocenter.com; dmarc={verdict}\n"
        "From: Bob via Support <s@y.example>\nX-Original-From: b@x.example\n\nbody"
    )
    for verdict, expected in (("pass", None), ("fail", False)):
        mail = parse_mail(raw.format(verdict=verdict).encode(), own_mx_hosts=["mx1.sivocenter.com"])
        assert (mail.sender, mail.dmarc) == ("b@x.example", expected)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('filename="..\\\\..\\\\evil.exe"', "evil.exe"),
        ('filename="../../etc/passwd"', "passwd"),
        ("filename*=utf-8''..%2F..%2Fevil.exe", "evil.exe"),
        ('filename="a\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe"', "afdp.exe"),
        ("filename*0*=utf-8''a%C3; filename*1*=%B1o.pdf", "año.pdf"),
        ('filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
        ("filename*=UTF-8''a%20b.pdf; filename=c.pdf", "a b.pdf"),
        ('filename="=?iso-8859-1?Q?a=F1o?= =?iso-8859-1?Q?.pdf?="', "año.pdf"),
        ('\n filename=\n "folded name.pdf"', "folded name.pdf"),
        ("name=x.pdf", "x.pdf"),
        ("filename=", "attachment.bin"),
    ],
)
def test_a_file_has_a_safe_name_however_it_is_written(value: str, name: str) -> None:
    raw = (
        "From: b@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        f"Content-Type: application/x\nContent-Disposition: attachment; {value}\n\nx\n--b--"
    )
    assert [each.name for each in parse_mail(raw.encode()).attachments] == [name]
