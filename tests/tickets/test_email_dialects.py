"""Machines of the world and people who look like them: each is told for what it is."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tickets.mail_builder import ID, NULL, Dialect, dialect_mail, mail
from tickets.domain.words import MailKind
from tickets.inbound.email import ParsedMail, parse_mail
from tickets.inbound.mail import incoming_of

DIALECTS = Path(__file__).parent.parent / "payloads" / "dialects"


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((DIALECTS / f"{name}.toml").read_text("utf-8"))


def failures(group: str) -> dict[str, Dialect]:
    return {name: Dialect(**fields) for name, fields in table("failures")[group].items()}


HARD, SOFT, DELAYED = failures("hard"), failures("soft"), failures("delayed")
LANGUAGES = table("languages")
MACHINES, PEOPLE = table("machines"), table("people")


@pytest.mark.parametrize("dialect", HARD.values(), ids=HARD)
def test_a_failure_is_told_in_any_dialect(dialect: Dialect) -> None:
    found = parse_mail(dialect_mail(dialect))
    assert found.kind is MailKind.BOUNCE
    assert found.bounce_hardness == "hard"
    assert not found.is_delayed
    if any(each in dialect.text for each in ("{original}", ID)) or dialect.returned:
        assert found.bounced_ids[0] == ID


@pytest.mark.parametrize("dialect", SOFT.values(), ids=SOFT)
def test_a_soft_failure_is_final_all_the_same(dialect: Dialect) -> None:
    found = parse_mail(dialect_mail(dialect))
    assert (found.kind, found.bounce_hardness) == (MailKind.BOUNCE, "soft")
    assert found.bounced_ids == (ID,)
    assert incoming_of(found).kind is MailKind.BOUNCE


@pytest.mark.parametrize("dialect", DELAYED.values(), ids=DELAYED)
def test_a_warning_of_delay_undoes_nothing(dialect: Dialect) -> None:
    found = parse_mail(dialect_mail(dialect))
    assert found.is_delayed
    assert found.bounce_hardness == "soft"
    assert found.bounced_ids == (ID,)
    assert incoming_of(found).kind is MailKind.AUTO


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_is_automatic(action: str) -> None:
    report = replace(HARD["postfix"], fields=f"Action: {action}\nStatus: 2.0.0")
    assert parse_mail(dialect_mail(report)).kind is MailKind.AUTO


@pytest.mark.parametrize(
    ("subject", "text"), LANGUAGES["failures"].values(), ids=LANGUAGES["failures"]
)
def test_a_failure_is_told_in_any_language(subject: str, text: str) -> None:
    for sender in ("postmaster@acme.example", "it@acme.example"):
        found = parse_mail(mail(sender, subject, NULL, text=text))
        assert (found.kind, found.bounce_hardness) == (MailKind.BOUNCE, "hard")


@pytest.mark.parametrize("subject", LANGUAGES["absences"].values(), ids=LANGUAGES["absences"])
def test_absence_is_told_in_any_language(subject: str) -> None:
    assert parse_mail(mail("bob@acme.example", subject)).kind is MailKind.AUTO


@pytest.mark.parametrize("fields", MACHINES.values(), ids=MACHINES)
def test_a_machine_is_told(fields: dict[str, Any]) -> None:
    assert read(**fields).kind is MailKind.AUTO


@pytest.mark.parametrize("fields", PEOPLE.values(), ids=PEOPLE)
def test_a_person_stays_a_person(fields: dict[str, Any]) -> None:
    found = read(**fields)
    assert found.kind is MailKind.HUMAN, found.auto_reason


def read(*, sender: str, subject: str, text: str, head: Sequence[str] = ()) -> ParsedMail:
    return parse_mail(mail(sender, subject, *head, text=text))


def calendar(text: str, method: str = "REPLY") -> bytes:
    body = (
        f"--b\nContent-Type: text/plain\n\n{text}\n"
        f"--b\nContent-Type: text/calendar; method={method}\n\nBEGIN:VCALENDAR\n--b--\n"
    )
    head = "Content-Type: multipart/alternative; boundary=b"
    return mail("bob@acme.example", "Accepted: review", head, text=body)


def test_a_click_on_an_invitation_is_automatic_and_a_comment_is_not() -> None:
    assert parse_mail(calendar("")).kind is MailKind.AUTO
    assert parse_mail(calendar("Bob has accepted this invitation.")).kind is MailKind.AUTO
    assert parse_mail(calendar("Fine, but our phones are dead.")).kind is MailKind.HUMAN
    assert parse_mail(calendar("", method="REQUEST")).kind is MailKind.HUMAN


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report", "tlsrpt", "other"])
def test_any_other_report_is_automatic(kind: str) -> None:
    head = f"Content-Type: multipart/report; report-type={kind}; boundary=b"
    text = f"--b\n\nread\n--b\nContent-Type: message/{kind}\n\nx: y\n--b--\n"
    assert parse_mail(mail("bob@acme.example", "Read: x", head, text=text)).kind is MailKind.AUTO
