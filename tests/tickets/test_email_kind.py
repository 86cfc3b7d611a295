"""Person, machine or bounce; may we answer; which clock a mail starts."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.domain.words import MailKind
from tickets.inbound.email import (
    ParsedMail,
    ReceiptRule,
    first_trusted_received,
    parse_mail,
    received_at,
)
from tickets.inbound.email.receipt_time import mail_date

HUMAN, AUTO, BOUNCE = MailKind.HUMAN, MailKind.AUTO, MailKind.BOUNCE
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MX = ["mx1.sivocenter.com", "MX2.sivocenter.com."]


def mail(*headers: str, body: str = "text") -> ParsedMail:
    sender = () if any(each.lower().startswith("from:") for each in headers) else ("From: b@x.org",)
    return parse_mail("\n".join([*sender, *headers, "", body]).encode(), own_mx_hosts=MX)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (("Auto-Submitted: auto-replied",), AUTO),
        (("Auto-Submitted: Auto-Generated; owner-email=x@y.z",), AUTO),
        (("Auto-Submitted: auto-notified (by us)",), AUTO),
        (("Auto-Submitted: no",), HUMAN),
        (("Auto-Submitted: No; reason=x",), HUMAN),
        (("Auto-Submitted:",), HUMAN),
        (("Auto-Submitted: auto-forwarded",), HUMAN),
        (("Auto-Submitted: no", "Auto-Submitted: auto-replied"), AUTO),
        (("X-Note: Auto-Submitted: auto-replied",), HUMAN),
        (("X-Autoreply: yes",), AUTO),
        (("X-Autoreply: no",), HUMAN),
        (("X-Autorespond: vacation",), AUTO),
        (("X-Auto-Reply-From: b@x.org",), AUTO),
        (("X-MS-Exchange-Inbox-Rules-Loop: b@x.org",), AUTO),
        (("Precedence: auto_reply",), AUTO),
        (("Precedence: Bulk",), AUTO),
        (("Precedence: junk",), AUTO),
        (("Precedence: list",), HUMAN),
        (("Precedence: first-class",), HUMAN),
        (("List-Id: News <news.x.org>",), AUTO),
        (("List-Id: <dev.x.org>", "List-Post: <mailto:dev@x.org>"), HUMAN),
        (("List-Id: <dev.x.org>", "Precedence: list"), HUMAN),
        (("List-Id: <dev.x.org>", "In-Reply-To: <a@x>"), HUMAN),
        (("Feedback-ID: 1:2:3:esp",), HUMAN),
        (("Feedback-ID: 1.eu-west-1.abc=:AmazonSES",), HUMAN),
        (("Feedback-ID: 1.eu-west-1.abc=:AmazonSES", "List-Unsubscribe: <mailto:u@x>"), AUTO),
        (("X-Auto-Response-Suppress: All",), HUMAN),
        (("Return-Path: <>",), HUMAN),
        (("List-Unsubscribe: <mailto:u@x.org>",), HUMAN),
        (("From: postmaster@x.org", "Subject: our new server"), HUMAN),
        (("From: postmaster@x.org", "Subject: Undeliverable: hello"), BOUNCE),
        (("From: MAILER-DAEMON@x.org", "Return-Path: <>"), BOUNCE),
        (("From: Mail Delivery System <noreply@x.org>", "Subject: failure notice"), BOUNCE),
        (("Subject: Undeliverable: hello",), HUMAN),
        (("Subject: Undeliverable: hello", "Return-Path: <>"), HUMAN),
        (
            ("Subject: Undeliverable: x", "Return-Path: <>", "Auto-Submitted: auto-replied"),
            BOUNCE,
        ),
        (("X-Failed-Recipients: bob@x.org",), BOUNCE),
        (("Content-Type: multipart/report; boundary=b",), BOUNCE),
        (("Content-Type: message/delivery-status",), BOUNCE),
    ],
)
def test_a_mail_is_told_by_its_headers(headers: tuple[str, ...], kind: MailKind) -> None:
    found = mail(*headers)
    assert found.kind is kind
    assert bool(found.auto_reason) is (kind is not HUMAN)
    assert found.suppress_answer or kind is HUMAN


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: calls",
        "Auto-reply: calls",
        "Out of Office",
        "Out of Office AutoReply: calls",
        "Out of office: calls",
        "Respuesta automática: llamadas",
        "RESPUESTA AUTOMÁTICA - llamadas",
        "Autorespuesta: llamadas",
        "Fuera de la oficina",
        "Fuera de oficina: llamadas",
        "Resposta automàtica: trucades",
        "Abwesenheitsnotiz: Anrufe",
        "Automatische Antwort: Anrufe",
        "Réponse automatique : appels",
        "Absence du bureau",
        "Risposta automatica: chiamate",
        "Fuori sede",
        "Resposta automática: chamadas",
        "Automatisch antwoord: gesprekken",
        "Afwezig: gesprekken",
        "Autosvar: samtal",
        "Automatiskt svar: samtal",
        "Fraværsbesked: opkald",
        "Automaattinen vastaus: puhelut",
        "Automatyczna odpowiedź: rozmowy",
        "Automatická odpověď: hovory",
    ],
)
def test_an_out_of_office_subject_is_told_in_many_languages(subject: str) -> None:
    assert mail(f"Subject: {subject}").kind is AUTO
    assert mail(f"Subject: Re: {subject}").kind is HUMAN


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office hours: nobody answers",
        "Fuera de la oficina no suena el teléfono",
        "Fuera de la oficina, ¿cómo desvío llamadas?",
        "The automatic reply: does it work?",
        "Automatic replying does not work",
        "Abwesenheitsansage ändern",
        "Autosvaret fungerar inte",
    ],
)
def test_what_people_write_about_absence_is_not_automatic(subject: str) -> None:
    assert mail(f"Subject: {subject}").kind is HUMAN


@pytest.mark.parametrize(
    ("headers", "suppressed"),
    [
        ((), False),
        (("X-Auto-Response-Suppress: DR, RN, NRN",), False),
        (("X-Auto-Response-Suppress: None",), False),
        (("X-Auto-Response-Suppress: OOF, AutoReply",), True),
        (("X-Auto-Response-Suppress: All",), True),
        (("Precedence: list",), True),
        (("List-Unsubscribe: <mailto:u@x.org>",), True),
        (("Return-Path: <>",), True),
        (("From: no-reply@x.org",), True),
        (("From: do_not_reply@x.org",), True),
        (("From: norepliesplease@x.org",), False),
        (("From: no-reply@x.org", "Reply-To: bob@x.org"), False),
        (("From: postmaster@x.org",), True),
        (("Authentication-Results: mx1.sivocenter.com; dmarc=fail",), True),
    ],
)
def test_when_nothing_automatic_may_be_answered(headers: tuple[str, ...], suppressed: bool) -> None:
    assert mail(*headers).suppress_answer is suppressed


REPORT = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
    "From: MAILER-DAEMON@x.org\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; x.org\nOriginal-Message-ID: <ours@t>\n\n{fields}\n\n--b--\n"
)


@pytest.mark.parametrize(
    ("fields", "hardness"),
    [
        ("Action: failed\nStatus: 5.1.1", "hard"),
        ("Action: failed\nStatus: 4.2.2", "soft"),
        ("Action: failed", "hard"),
        ("Action: delayed\nStatus: 4.0.0", "soft"),
        ("Action: delayed\nStatus: 5.0.0", "soft"),
        ("Action: delivered\n\nAction: failed\nStatus: 5.0.0", "hard"),
        ("Nothing: known", None),
    ],
)
def test_a_bounce_is_hard_or_soft(fields: str, hardness: str | None) -> None:
    found = parse_mail(REPORT.format(fields=fields).encode())
    assert found.kind is BOUNCE
    assert found.bounce_hardness == hardness
    assert found.bounced_ids == ("ours@t",)


def test_a_bounce_in_prose_is_hard_or_soft() -> None:
    headers = ("From: mailer-daemon@x.org", "Subject: failure notice")
    assert mail(*headers, body="550 5.1.1 unknown").bounce_hardness == "hard"
    assert mail(*headers, body="said: 452 mailbox full").bounce_hardness == "soft"
    assert mail(*headers, body="sorry").bounce_hardness is None


def test_a_person_who_forwards_a_bounce_is_a_person() -> None:
    inner = REPORT.format(fields="Action: failed").replace("--b", "--c").replace("=b", "=c")
    raw = (
        "From: bob@x.org\nSubject: FW: Undeliverable\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\n\nwhat is this?\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    )
    assert parse_mail(raw.encode()).kind is HUMAN


RECEIVED = "from relay by {host} (Postfix) with ESMTP id 1; Mon, 23 Nov 2026 10:{minute}:00 +0100"


def received(*traces: str) -> datetime | None:
    raw = "".join(f"Received: {each}\n" for each in traces) + "From: b@x.org\n\ntext"
    return first_trusted_received(raw.encode(), MX)


def test_the_topmost_received_of_ours_is_the_receipt() -> None:
    ours = RECEIVED.format(host="mx1.sivocenter.com", minute="05")
    older = RECEIVED.format(host="mx2.sivocenter.com", minute="01")
    other = RECEIVED.format(host="mx.example.org", minute="00")
    assert received(other, ours, older) == datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert received(other) is None
    assert received() is None
    assert received("nonsense") is None
    assert received("by mx1.sivocenter.com; yesterday") is None


def test_a_forged_greeting_cannot_hide_our_own_line() -> None:
    ours = "from by (evil [192.0.2.1]) by mx1.sivocenter.com; Mon, 23 Nov 2026 10:05:00 +0100"
    forged = "from x by mx1.sivocenter.com; Mon, 01 Jan 2024 10:00:00 +0100"
    assert received(ours, forged) == datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    commented = "from a (by mx1.sivocenter.com; x) by mx.evil.example; Mon, 01 Jan 2024 10:00 +0000"
    assert received(commented) is None


@pytest.mark.parametrize(
    ("candidate", "options", "expected"),
    [
        (None, {}, (NOW, ReceiptRule.NOW)),
        (NOW, {}, (NOW, ReceiptRule.OWN_SERVER)),
        (NOW - timedelta(hours=3), {}, (NOW - timedelta(hours=3), ReceiptRule.OWN_SERVER)),
        (NOW - timedelta(hours=24), {}, (NOW - timedelta(hours=24), ReceiptRule.OWN_SERVER)),
        (NOW - timedelta(hours=24, seconds=1), {}, (NOW, ReceiptRule.LATE_ARRIVAL)),
        (NOW + timedelta(seconds=1), {}, (NOW, ReceiptRule.FUTURE)),
        (
            NOW - timedelta(days=3),
            {"last_poll": NOW - timedelta(days=4)},
            (NOW - timedelta(days=3), ReceiptRule.BACKLOG),
        ),
        (
            NOW - timedelta(days=3),
            {"last_poll": NOW - timedelta(days=3)},
            (NOW, ReceiptRule.LATE_ARRIVAL),
        ),
        (
            NOW - timedelta(days=300),
            {"first_import": True},
            (NOW - timedelta(days=300), ReceiptRule.FIRST_IMPORT),
        ),
        (NOW - timedelta(hours=2), {"window": timedelta(hours=1)}, (NOW, "late_arrival")),
    ],
)
def test_a_receipt_is_clamped(
    candidate: datetime | None,
    options: dict[str, datetime],
    expected: tuple[datetime, str],
) -> None:
    assert received_at(candidate=candidate, now=NOW, **options) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Mon, 23 Nov 2026 12:00:00 +0000", NOW),
        ("23 Nov 2026 13:00 +0100 (CET)", NOW),
        ("Mon, 23 Nov 2026 12:00:00 -0000", NOW),
        ("Mon, 23 Nov 2026 07:00:00 EST", NOW),
        ("Mon, 23 Nov 2026 12:00:00", NOW),
        ("31 Feb 2026 12:00:00 +0000", None),
        ("", None),
        ("soon", None),
    ],
)
def test_dates_are_read_or_not_known(text: str, instant: datetime | None) -> None:
    assert mail_date(text) == instant
