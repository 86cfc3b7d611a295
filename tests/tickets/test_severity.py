"""Severity: what must not change a class, what must, and any text gets an answer."""

import io
import json
import time
import unicodedata
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos import CHAOS
from tickets.domain.jsonlines import answer_lines
from tickets.domain.severity import classify
from tickets.domain.severity.cases import Case, shipped_cases
from tickets.domain.severity.cleaning import newest_message
from tickets.domain.severity.evaluation import judged, score
from tickets.domain.words import Severity
from tickets.management.commands.classify import _answer

CASES = shipped_cases()
# Every case with every change would take minutes.
FOUNDERS = [case for case in CASES if case.author == "founders"]
SOME = [case for case in CASES if case.author != "founders"][:: 6 if CHAOS else 12]
# Of a hundred cases, one may turn over when something is added that says nothing.
MOST_CHANGED = 0.01
SIGNATURES = (
    "\n\n--\nMarta Ruiz\nResponsable de Operaciones\nTel. 600 123 456",
    "\n\nUn saludo,\nCarlos Pérez\nDirector del call center\n",
    "\n\nKind regards,\nJane Doe\nHead of Customer Service\nThis e-mail is confidential.",
    "\n\nSent from my iPhone",
)
OLD_QUOTES = (
    (
        "\n\nEl lun, 3 nov 2025 a las 10:00, Soporte <soporte@sivo.example> escribió:\n"
        "> No entra ninguna llamada, está todo caído.\n> Nadie puede trabajar."
    ),
    (
        "\n\nOn Mon, Nov 3, 2025 at 10:00 AM Support <support@sivo.example> wrote:\n"
        "> Everything is down, nobody can make calls."
    ),
    "\n\n-----Mensaje original-----\nDe: Soporte\nAsunto: caída total\n\nLa plataforma está caída.",
    "\n\nFrom: Support <s@sivo.example>\nSent: Monday\nTo: Bob\nSubject: outage\n\nAll lines dead.",
)
ALTERNATIVES = {
    "es": (
        " Mientras tanto tenemos una alternativa que funciona y la estamos usando.",
        " Hemos desviado las llamadas a los móviles y vamos atendiendo así.",
        " Estamos usando la línea de respaldo y funciona.",
    ),
    "en": (
        " A working alternative is in use.",
        " We are using our mobiles in the meantime.",
        " Calls are being forwarded to the backup line, which works.",
    ),
    "pt": (" Temos uma alternativa a funcionar e estamos a usá-la.",),
    "de": (" Eine funktionierende Alternative ist im Einsatz.",),
    "fr": (" Nous utilisons une solution de secours qui fonctionne.",),
}


RESTORED = {
    "es": (" Funciona otra vez desde las diez.", " Ya funciona todo de nuevo."),
    "en": (" It works again since ten.", " Everything is back up now."),
    "pt": (" Já funciona outra vez desde as dez.", " Voltou tudo ao normal."),
    "de": (" Seit zehn funktioniert es wieder.", " Jetzt läuft alles wieder."),
    "fr": (" Ça remarche depuis dix heures.", " Tout fonctionne à nouveau."),
}


def judge(body: str, subject: str = "") -> Severity:
    return classify(channel="email", subject=subject, body=body).severity


@cache
def usual(case: Case) -> Severity:
    """What it is without any change; asked by every test."""
    return judge(case.body, case.subject)


def without_accents(text: str) -> str:
    return "".join(
        mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark)
    )


def assert_unchanged(mutate: Callable[[Case], Severity]) -> None:
    """Of the cases that the rules were written on, none turns over; of the others hardly any."""
    turned = [case for case in [*FOUNDERS, *SOME] if usual(case) is not mutate(case)]
    assert [case.body for case in turned if case.author == "founders"] == []
    assert len(turned) <= MOST_CHANGED * len(SOME)


def leaks(body: str) -> bool:
    """Exposed data and fraud stay critical, whatever else works."""
    reasons = classify(channel="", subject="", body=body).reasons
    return any(reason.signal == "security" for reason in reasons)


def test_the_labelled_cases_are_judged_as_a_person_did() -> None:
    total = score(judged(CASES))
    assert total.macro_f1 >= 0.98
    assert (total.s1_recall or 0.0) >= 0.98
    assert total.false_s1 <= 0.01


def test_an_urgent_word_changes_no_class() -> None:
    assert_unchanged(lambda case: judge("URGENTE. " + case.body, "URGENTE " + case.subject))
    assert_unchanged(lambda case: judge(case.body + " URGENT!!!", case.subject))
    assert_unchanged(lambda case: judge("¡URGENTE!!!\n" + case.body, case.subject))


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_changes_no_class(signature: str) -> None:
    assert_unchanged(lambda case: judge(case.body + signature, case.subject))


@pytest.mark.parametrize("quote", OLD_QUOTES)
def test_an_old_quoted_outage_changes_no_class(quote: str) -> None:
    assert_unchanged(lambda case: judge(case.body + quote, case.subject))


def test_dropped_accents_and_changed_case_change_no_class() -> None:
    assert_unchanged(lambda case: judge(without_accents(case.body), without_accents(case.subject)))
    assert_unchanged(lambda case: judge(case.body.upper(), case.subject.upper()))
    assert_unchanged(lambda case: judge(case.body.lower(), case.subject.lower()))


def ended(body: str) -> str:
    """With a full stop, so that what is added is a sentence of its own."""
    return body if body.rstrip()[-1:] in ".!?…" else body.rstrip() + "."


def critical() -> list[Case]:
    return [
        case
        for case in [*FOUNDERS, *SOME]
        if usual(case) is Severity.S1
        and not leaks(case.body)
        and newest_message(case.body) == case.body
    ]


def test_a_working_alternative_makes_a_critical_case_high() -> None:
    kept = [
        (case.body, sentence)
        for case in critical()
        for sentence in ALTERNATIVES[case.language]
        if judge(ended(case.body) + sentence, case.subject) is not Severity.S2
    ]
    assert kept == []


def test_that_it_works_again_makes_a_critical_case_one_without_a_failure() -> None:
    kept = [
        (case.body, sentence)
        for case in critical()
        for sentence in RESTORED[case.language]
        if judge(ended(case.body) + sentence, case.subject) not in (Severity.S3, Severity.S4)
    ]
    assert kept == []


@pytest.mark.parametrize(
    "body",
    [
        "No entra ninguna llamada.\n\n-- \nBob\n\nYa usamos los móviles como alternativa",
        "No entra ninguna llamada.\n\nUn saludo,\nBob\nYa usamos los móviles como alternativa.",
        "No entra ninguna llamada.\n\nGracias\nBob Ya usamos los móviles como alternativa.",
    ],
)
def test_a_sentence_below_the_signature_counts(body: str) -> None:
    assert judge(body) is Severity.S2


@pytest.mark.parametrize(
    "signature",
    [
        "\n-- \nBob Smith, VP Customer Support, Phones & More Ltd",
        "\n\nAtentamente,\n\nJuan Gómez\nServicio de Atención al Cliente\nTel: 91 111 22 33",
        "\n\nMit freundlichen Grüßen\nHans Meier\nLeiter IT-Service\nMusterstraße 5, 10115 Berlin",
        "\n\n--\nRosa\n\nEste mensaje es confidencial.\nSi no es usted el destinatario, bórrelo.",
    ],
)
def test_a_signature_is_no_sentence(signature: str) -> None:
    assert newest_message(f"No entra ninguna llamada.{signature}") == "No entra ninguna llamada."


def test_the_subject_never_outweighs_the_body() -> None:
    assert (
        judge("¿Cómo exporto un informe?", "URGENTE: todo caído, no entran llamadas") is Severity.S4
    )
    assert judge("No entra ninguna llamada desde las 9.", "Una consulta") is Severity.S1
    assert judge("", "No entra ninguna llamada") is Severity.S1


@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=8))
def test_any_text_gets_a_verdict(body: str, subject: str, channel: str) -> None:
    verdict = classify(channel=channel, subject=subject, body=body)
    assert 0 <= verdict.confidence <= 1
    assert verdict.version != "fallback"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a" * 100_000,
        "no " * 40_000,
        "no entran " * 20_000,
        ">" * 50_000,
        "\n" * 50_000,
        "llamadas de la " * 9_000,
        "we can't make or " * 9_000,
        "On " * 30_000,
        "- " * 40_000,
    ],
)
def test_huge_and_hostile_texts_take_little_time(body: str) -> None:
    start = time.perf_counter()
    assert classify(channel="", subject=body, body=body).version != "fallback"
    assert time.perf_counter() - start < 1.0


def test_an_empty_ticket_is_answered_and_sent_to_triage() -> None:
    verdict = classify(channel="", subject="", body="")
    assert (verdict.severity, verdict.needs_triage, verdict.language) == (Severity.S3, True, "und")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("No entra ninguna llamada desde las nueve", "es"),
        ("No calls are coming in since nine", "en"),
        ("Não entra nenhuma chamada desde as nove", "pt"),
        ("Seit neun Uhr kommen keine Anrufe mehr an", "de"),
        ("Depuis neuf heures nous ne recevons plus aucun appel", "fr"),
    ],
)
def test_the_language_is_recognised(text: str, language: str) -> None:
    assert classify(channel="", subject="", body=text).language == language


def test_an_unknown_language_is_sent_to_triage() -> None:
    text = "Od dzisiaj nie mamy polaczenia, prosze o pomoc"
    assert classify(channel="", subject="", body=text).needs_triage


def test_a_forwarded_text_counts() -> None:
    body = "FYI\n\n---- Forwarded message ----\nFrom: Ana\nSubject: x\n\nAll lines are dead."
    assert newest_message(body).endswith("All lines are dead.")
    assert judge(body) is Severity.S1


def test_the_reasons_quote_the_writer_and_come_heaviest_first() -> None:
    reasons = classify(
        channel="", subject="", body="¡No nos está ENTRANDO ninguna llamada! Tenemos todo parado."
    ).reasons
    assert reasons[0].text in ("No nos está ENTRANDO ninguna llamada", "todo parado")
    weights = [abs(reason.weight) for reason in reasons]
    assert weights == sorted(weights, reverse=True)


def test_the_command_answers_line_by_line() -> None:
    lines = b"\n".join(
        json.dumps(line).encode()
        for line in (
            {"id": 1, "channel": "email", "subject": "x", "body": "No calls are coming in at all."},
            {"id": "2", "channel": None},
            {"id": 3, "body": 7},
        )
    )
    out = io.BytesIO()
    assert answer_lines(_answer, io.BytesIO(lines), out) == 1
    first, second, third = (json.loads(line) for line in out.getvalue().splitlines())
    assert first["severity"] == "S1"
    assert list(first) == ["id", "severity", "confidence", "needs_triage", "language", "reasons"]
    assert list(first["reasons"][0]) == ["signal", "text", "weight"]
    assert second["needs_triage"] is True
    assert set(third) == {"id", "error"}
