"""What a machine says is told by several phrases of one language, and not by words about them."""

import pytest

from tests.tickets.mail_builder import mail
from tickets.domain.words import MailKind
from tickets.inbound.email import parse_mail
from tickets.inbound.email.phrases import said, spelt_out

CALLS = "Your request has been received under number 5. This is an automatic message."


def test_a_pattern_is_spelt_out() -> None:
    assert spelt_out("a (b|c) d") == ["a b d", "a c d"]
    assert spelt_out("a (b (c|d)|e)") == ["a b c", "a e", "a b d", "a e"]


@pytest.mark.parametrize(
    ("text", "language", "mark"),
    [
        ("This is an automated reply.", "en", "automatic"),
        ("Esto es un mensaje automático.", "es", "automatic"),
        ("NE PAS RÉPONDRE à ce courriel", "fr", "unread"),
        ("Ihre Anfrage ist bei uns eingegangen.", "de", "received"),
        ("Ваше обращение зарегистрировано.", "ru", "received"),
        ("こちらは自動返信です。", "ja", "automatic"),
        ("Zo spoedig mogelijk hoort u meer.", "nl", "wait"),
    ],
)
def test_a_phrase_is_found_whatever_its_accents_and_case(
    text: str, language: str, mark: str
) -> None:
    assert mark in said(text).by_language[language]


@pytest.mark.parametrize(
    "text",
    [
        f'"{CALLS}"',
        f"> {CALLS}",
        "All of our customers tell us that this is an automatic message.",
        "https://x.example/this-is-an-automatic-message",
    ],
)
def test_what_is_quoted_or_told_of_is_not_said(text: str) -> None:
    assert "automatic" not in said(text).marks


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CALLS, MailKind.AUTO),
        (f"{CALLS} Why do we get this?", MailKind.HUMAN),
        (f"Our switchboard has answered nobody since nine. {CALLS}", MailKind.HUMAN),
        (f"We keep getting these mails. {CALLS}", MailKind.HUMAN),
        (f"{CALLS} Please switch it off.", MailKind.HUMAN),
    ],
)
def test_a_question_a_wish_or_other_news_is_a_persons(text: str, kind: MailKind) -> None:
    assert parse_mail(mail("Bob Baker <bob@acme.example>", "Hello", text=text)).kind is kind
