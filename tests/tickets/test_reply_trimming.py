"""Reply trimming: what a person wrote anew, in the shapes that mail programs give it."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.domain.reply import MAX_TRIMMED, trim_reply

ATTRIBUTIONS = {
    "gmail_en": "On Mon, Nov 23, 2026 at 9:02 AM Support <support@sivocenter.com> wrote:",
    "gmail_en_wrapped": "On Mon, Nov 23, 2026 at 9:02 AM Support\n<support@sivocenter.com> wrote:",
    "apple_en": "On 23 Nov 2026, at 09:02, Support <support@sivocenter.com> wrote:",
    "gmail_es": "El lun, 23 nov 2026 a las 9:02, Soporte (<soporte@sivocenter.com>)\nescribió:",
    "apple_es": "El 23 nov 2026, a las 9:02, Soporte <soporte@sivocenter.com> escribió:",
    "thunderbird_es": "El 23/11/26 a las 9:02, Soporte escribió:",
    "yahoo_es": "    El lunes, 23 de noviembre de 2026, 09:02:00 CET, Soporte escribió:",
    "gmail_ca": "Missatge de Suport <s@sivocenter.com> del dia dl., 23 de nov. 2026 a les 9:02:",
    "gmail_pt": "Em seg., 23 de nov. de 2026 às 09:02, Suporte <s@sivocenter.com> escreveu:",
    "gmail_fr": "Le lun. 23 nov. 2026 à 09:02, Support <s@sivocenter.com> a écrit :",
    "gmail_it": "Il giorno lun 23 nov 2026 alle ore 09:02 Supporto <s@sivocenter.com> ha scritto:",
    "gmail_de": "Am Mo., 23. Nov. 2026 um 09:02 Uhr schrieb Support <\ns@sivocenter.com>:",
    "gmail_nl": "Op ma 23 nov 2026 om 09:02 schreef Support <s@sivocenter.com>:",
    "gmail_sv": "Den mån 23 nov. 2026 kl 09:02 skrev Support <s@sivocenter.com>:",
    "gmail_da": "Den man. 23. nov. 2026 kl. 09.02 skrev Support <s@sivocenter.com>:",
    "gmail_pl": "W dniu pon., 23 lis 2026 o 09:02 Support <s@sivocenter.com> napisał(a):",
    "gmail_cs": "po 23. 11. 2026 v 9:02 odesílatel Support <s@sivocenter.com> napsal:",
    "gmail_fi": "ma 23. marrask. 2026 klo 9.02 Support (s@sivocenter.com) kirjoitti:",
    "gmail_ru": "пн, 23 нояб. 2026 г. в 09:02, Support <s@sivocenter.com>:",
    "zoho": "---- On Mon, 23 Nov 2026 09:02:00 +0100 Support <s@sivocenter.com> wrote ----",
    "gmail_hu": ("Support <s@sivocenter.com> ezt írta (időpont: 2026. nov. 23., H,\n9:02):"),
    "gmail_without_colon": "2026/11/23 Support <s@sivocenter.com>",
    "marks_nobody_sees": (
        "\u200eOn Mon, Nov 23, 2026 at 9:02 AM, \u200eSupport\u200e "
        "<\u200es@x.org\u200e> wrote:\u200e"
    ),
    "plain": "Support wrote:",
    "unknown_language": "2026-11-23 09:02 GMT+01:00 Support <s@sivocenter.com>:",
}
MARKERS = {
    "outlook": "-----Original Message-----\nFrom: Support\nSent: Monday\nSubject: x",
    "outlook_es": "-----Mensaje original-----\nDe: Soporte\nEnviado el: lunes\nAsunto: x",
    "proton": "------- Original Message -------\nOn Monday, November 23rd, Support wrote:",
    "proton_hyphens": "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, Support wrote:",
    "zimbra_de": "----- Ursprüngliche Mail -----\nVon: Support",
    "notes": (
        "Support---11/23/2026 09:02:11 AM---Hello Bob\n\nFrom:\tSupport\nDate:\t11/23/2026\n"
        "Subject:\tcalls"
    ),
    "headers_subject_first": (
        "Subject: RE: calls\nFrom: Support <s@sivocenter.com>\nDate: Mon, 23 Nov 2026\nTo: Bob"
    ),
    "schrieb_am": "Support schrieb am 23.11.2026 um 09:02:\n",
    "gmx_de": "-------- Ursprüngliche Nachricht --------\nVon: Support",
    "fr": "-----Message d'origine-----\nDe : Support",
    "headers_en": (
        "From: Support <s@sivocenter.com>\nSent: Monday, November 23, 2026 9:02 AM\n"
        "To: Bob <bob@acme.es>\nSubject: RE: calls"
    ),
    "headers_bold_es": (
        "*De:* Soporte <s@sivocenter.com>\n*Enviado el:* lunes, 23 de noviembre de 2026 9:02\n"
        "*Para:* Bob\n*Asunto:* RE: llamadas"
    ),
    "headers_rule_es": (
        "________________________________\nDe: Soporte <s@sivocenter.com>\n"
        "Enviado: lunes, 23 de noviembre de 2026 9:02\nPara: Bob\nAsunto: Re: llamadas"
    ),
    "headers_de": "Von: Support\nGesendet: Montag, 23. November\nAn: Bob\nBetreff: AW: x",
    "headers_fr": "De : Support\nEnvoyé : lundi 23 novembre\nÀ : Bob\nObjet : RE: x",
    "headers_pt": "De: Suporte\nEnviada em: segunda-feira\nPara: Bob\nAssunto: RES: x",
    "attribution_without_quotes": (
        "On Mon, Nov 23, 2026 at 9:02 AM Support <s@sivocenter.com> wrote:\n\nHello Bob,"
    ),
    "reply_above": "##- Please type your reply above this line -##\nYour request was updated.",
    "reply_above_de": "##- Bitte geben Sie Ihre Antwort über dieser Zeile ein. -##\nIhre",
    "reply_above_any": "##- Kirjoita vastauksesi tämän rivin yläpuolelle -##\nPyyntö",
    "reply_above_bare": "Please type your reply above this line.\nYour request was updated.",
    "reply_above_es": "--- Escriba su respuesta por encima de esta línea ---\nSu petición",
}
SENT_FROM = [
    "Sent from my iPhone",
    "Enviado desde mi iPhone",
    "Enviado desde mi teléfono móvil",
    "Enviat des del meu iPhone",
    "Envoyé de mon iPhone",
    "Von meinem iPhone gesendet",
    "Inviato da iPhone",
    "Verzonden vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Sent from Yahoo Mail on Android",
    "Get Outlook for iOS",
    "Obtener Outlook para Android",
    "Odesláno z iPhonu",
    "Hämta Outlook för iOS",
    "Outlook für iOS<https://aka.ms/o0ukef> beziehen",
    "Descarga Outlook para iOS",
]
NEW = "It is still broken.\n\nCould you look again?"


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_a_quote_below_the_answer_is_left_out(attribution: str) -> None:
    text = f"{NEW}\n\n{attribution}\n\n> Hello Bob,\n>\n> have you restarted it?\n"
    assert trim_reply(text) == NEW


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_an_answer_below_the_quote_is_found(attribution: str) -> None:
    text = f"{attribution}\n> Hello Bob,\n> have you restarted it?\n\n{NEW}\n"
    assert trim_reply(text) == NEW


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS)
def test_an_unmarked_quote_below_the_answer_is_left_out(marker: str) -> None:
    assert trim_reply(f"{NEW}\n\n{marker}\n\nHave you restarted it?\n") == NEW


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS)
def test_a_mail_that_only_quotes_stays_whole(marker: str) -> None:
    text = f"{marker}\n\nHave you restarted it?"
    assert trim_reply(text) == text


@pytest.mark.parametrize("line", SENT_FROM)
def test_the_line_of_a_telephone_is_left_out(line: str) -> None:
    assert trim_reply(f"{NEW}\n\n{line}\n") == NEW
    quote = "On 23 Nov 2026, at 09:02, Support <s@x.org> wrote:\n> Hello"
    assert trim_reply(f"{NEW}\n\n{line}\n\n{quote}\n") == NEW


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("Yes.\n\n-- \nBob\nAcme", "Yes."),
        ("Yes.\n\n--\nBob\n+34 600 000 000", "Yes."),
        ("Yes.\n> quoted\n> more", "Yes."),
        ("Yes.\n-- \nBob\n\nOn 1 May 2026 Ann <a@b.c> wrote:\n> x", "Yes."),
        ("On it.\nOn 1 May 2026 at 10:00 Ann <a@b.c> wrote:\n> x", "On it."),
        ("Yes\n_____________________\nUsers mailing list\nhttps://x.org", "Yes"),
        ("> question\n\nAnswer below.\n\n-- \nBob", "Answer below."),
        ("Yes.\n\nOn 1 May 2026 Ann <a@b.c> wrote:\n> x\n\n-- \nBob", "Yes."),
        (
            "> A?\n\nYes.\n\nOn 1 May 2026 Ann <a@b.c> wrote:\n> A?\n> B\n\n-- \nBob",
            "> A?\n\nYes.",
        ),
        ("    indented first line\nsecond\n\n> q", "    indented first line\nsecond"),
    ],
)
def test_signatures_and_quotes_go(text: str, reply: str) -> None:
    assert trim_reply(text) == reply


KEPT = {
    "interleaved": (
        "On 1 May 2026 Ann <a@b.c> wrote:\n> Which extension?\n\n204\n\n> Since when?\n\nYesterday."
    ),
    "interleaved_without_blanks": "Hi,\n> Which one?\n204\n> Since when?\nYesterday.",
    "answers_above_and_below": "Hi Ann\n\n> Since when?\n\nSince Monday, and it is worse now.",
    "forwarded_gmail": (
        "Please look.\n\n---------- Forwarded message ---------\nFrom: Ann <a@b.c>\n"
        "Date: Mon, Nov 23, 2026\nSubject: x\nTo: Bob <b@b.c>\n\nNothing works.\n\n-- \nAnn"
    ),
    "forwarded_apple_es": (
        "Mira esto\n\nInicio del mensaje reenviado:\n\n"
        "> De: Ann <a@b.c>\n> Asunto: x\n>\n> Nada va."
    ),
    "only_quoted": "> all\n> of it",
    "only_signature": "-- \nBob",
    "only_telephone": "Sent from my iPhone",
    "call_list": "Estas llamadas fallan:\nDe: 600111222\nPara: 900333444\nFecha: 23/11/2026\nDe: 6",
    "wrote_in_prose": "On Monday the manager wrote:\nwe cannot work like this.\nPlease help.",
    "wrote_in_prose_with_a_date": "In his mail of 12.10.2026 the man wrote:\n\nWait.\n\nStill?",
    "wrote_in_prose_es": "Hola\n\nEl técnico escribió el 12/10/2026:\n\nEspere.\n\n¿Y ahora?",
    "wrote_in_prose_de": "Hallo\n\nDer Techniker schrieb am 12.10.2026:\n\nWarten.\n\nUnd nun?",
    "wrote_in_prose_with_an_address": "Hi\n\nMy colleague ann@b.c wrote:\n\nWait.\n\nStill?",
    "reply_above_in_prose": "Why must I reply above this line each time?\nPlease explain.",
    "own_fields": "Para: Bob\nDe: Ann\nAsunto: pedido\n\nHola",
    "sent_from_in_prose": "Sent from the warehouse on Monday, nothing came.\nWhere is it?",
    "dashes_between_sections": "Error one\n--\n" + "\n".join(f"line {n}" for n in range(30)),
    "log_with_arrows": "It says:\n-> connect\n=> failed",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_may_be_the_customers_own_words_stays(text: str) -> None:
    assert trim_reply(text) == text


def test_a_forwarded_mail_is_known_by_its_subject() -> None:
    text = f"Please look.\n\n{MARKERS['headers_en']}\n\nNothing works."
    assert trim_reply(text, subject="FW: calls") == text
    assert trim_reply(text, subject="RV: llamadas") == text
    assert trim_reply(text, subject="RE: calls") == "Please look."


def test_a_wrapped_quoted_line_is_no_answer() -> None:
    text = (
        "Fine.\n\nOn 1 May 2026 Ann <a@b.c> wrote:\n"
        "> This is a long line that some gateway wrapped because it was far too\nlong\n> end"
    )
    assert trim_reply(text) == "Fine."


def test_blank_text_stays_blank() -> None:
    assert trim_reply("") == ""
    assert trim_reply(" \n\n ") == ""


def test_a_long_text_is_trimmed_only_at_its_beginning() -> None:
    quote = "\n\n-----Original Message-----\n" + "old text\n" * 40_000
    assert trim_reply("New." + quote) == "New."
    whole = "a new line\n" * 40_000
    assert len(whole) > MAX_TRIMMED
    assert trim_reply(whole) == whole.strip()


@pytest.mark.parametrize(
    "hostile",
    [
        "-" * 190_000,
        "- " * 95_000 + "x",
        "x\n" + (" " * 190 + "x\n") * 1000,
        "x\n" + "Sent from my iPhone\n" * 9000,
        "x\n" + "--\n\n" * 40_000,
        "x\n" + "From: a\n" * 20_000,
        "x\n" + "On Mon 10:00 2026 bob@x.com\n" * 6000,
        "> a\nb\n" * 30_000,
        "On " * 60_000 + "wrote:",
    ],
)
def test_hostile_text_costs_little(hostile: str) -> None:
    began = time.process_time()
    trim_reply(hostile)
    assert time.process_time() - began < 5


_PIECES = st.sampled_from(
    [
        *ATTRIBUTIONS.values(),
        *MARKERS.values(),
        *SENT_FROM,
        "> quoted",
        ">> deep",
        "",
        "",
        "My answer.",
        "-- ",
        "--",
        "________________",
        "---------- Forwarded message ---------",
        "From: Ann",
        "wrote:",
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(_PIECES | st.text(max_size=20), max_size=25))
def test_a_reply_is_a_part_of_the_text_and_never_empty(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    reply = trim_reply(text)
    assert bool(reply.strip()) == bool(text.strip())
    assert reply in text


REPLIES: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent.parent / "payloads" / "dialects" / "replies.toml").read_text("utf-8")
)


@pytest.mark.parametrize("case", REPLIES.values(), ids=REPLIES)
def test_an_answer_is_found_exactly(case: dict[str, str]) -> None:
    assert trim_reply(case["text"]) == case["reply"]
