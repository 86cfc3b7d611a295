"""What the standard library writes, we read back: an independent oracle for well-formed mail."""

import unicodedata
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formataddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos import share_of
from tickets.inbound.email import parse_mail

_WORDS = [
    "Hola", "llamada", "señal", "größer", "電話", "связь", "€10", "caído", "naïve", "x=y", "a;b",
    "'q'", "(c)", "<d>", "@e", "#1042", "=?", "?=",
]  # fmt: skip
_SUBJECTS = st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join)
_LINES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Co", "Cn")), max_size=120
)
_BODIES = st.lists(_LINES, max_size=8).map("\n".join)
_NAMES = st.sampled_from(
    ["a.pdf", "año 2026.pdf", "電話.png", "con 'comillas'.txt", 'with "quotes".txt', "a;b=c.bin",
     "x" * 120 + ".log", "größe ä ö ü " * 8 + ".csv"]
)  # fmt: skip
_TYPES = st.sampled_from(["application/pdf", "image/png", "text/csv", "application/octet-stream"])
_FILES = st.lists(st.tuples(_NAMES, _TYPES, st.binary(max_size=300)), max_size=4)
_CHARSETS = st.sampled_from(["utf-8", "utf-8", "iso-8859-15", "cp1252", "us-ascii"])
_ENCODINGS = st.sampled_from(["base64", "quoted-printable"])


def encodable(text: str, charset: str) -> str:
    return text.encode(charset, "ignore").decode(charset)


@settings(max_examples=share_of(250, parts=2), deadline=None, derandomize=True)
@given(_SUBJECTS, _BODIES, _FILES, _CHARSETS, _ENCODINGS, st.booleans())
def test_what_was_written_is_read_back(
    subject: str,
    body: str,
    files: list[tuple[str, str, bytes]],
    charset: str,
    encoding: str,
    with_html: bool,
) -> None:
    text = encodable(body, charset)
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr(("Bob Muñoz, Acme", "bob@Acme.example"))
    message["To"] = "soporte@sivocenter.com, Alice <alice@sivocenter.com>"
    message.set_content(text, charset=charset, cte=encoding)
    if with_html:
        message.add_alternative("<p>another text</p>", subtype="html")
    for name, media_type, content in files:
        main, sub = media_type.split("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)

    # Not message["Subject"]: its folding loses the blank between two encoded words.
    line = Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
    mail = parse_mail(f"Subject: {line}\r\n".encode() + message.as_bytes())

    assert mail.subject == " ".join(subject.split())
    assert (mail.sender, mail.sender_name) == ("bob@acme.example", "Bob Muñoz, Acme")
    assert mail.recipients == ("soporte@sivocenter.com", "alice@sivocenter.com")
    # Text that is nothing but blanks gives way to the HTML.
    if text.strip():
        assert mail.body == text.replace("\ufeff", "", text.startswith("\ufeff")).rstrip().lstrip(
            "\n"
        )
    assert [(each.name, each.media_type, each.content) for each in mail.attachments] == files
    assert mail.notes == ()


@pytest.mark.parametrize("policy", [SMTP, SMTPUTF8])
def test_both_ways_to_write_letters_in_headers_are_read(policy: object) -> None:
    message = EmailMessage(policy=policy)  # type: ignore[arg-type]
    message["From"] = "Bob Muñoz <bob@acme.example>"
    message["Subject"] = "Avería " * 30
    message.set_content("x")
    mail = parse_mail(message.as_bytes())
    assert mail.subject.replace(" ", "") == "Avería" * 30  # the oracle loses blanks here
    assert mail.sender_name == "Bob Muñoz"
    assert unicodedata.is_normalized("NFC", mail.subject)


def test_a_mail_inside_a_mail_is_a_file() -> None:
    inner = EmailMessage(policy=SMTP)
    inner["Subject"] = "Avería / línea 2"
    inner.set_content("dentro")
    outer = EmailMessage(policy=SMTP)
    outer["From"] = "bob@acme.example"
    outer.set_content("fuera")
    outer.add_attachment(inner)
    mail = parse_mail(outer.as_bytes())
    assert mail.body == "fuera"
    (attached,) = mail.attachments
    assert (attached.name, attached.media_type) == ("Avería - línea 2.eml", "message/rfc822")
    assert parse_mail(attached.content).body == "dentro"
