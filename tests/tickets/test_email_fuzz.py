"""Broken mails of every dialect and wrapping: a record or Unreadable, never a traceback."""

import base64
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos import share_of
from tests.tickets import tnef_writer as w
from tests.tickets.mail_builder import Dialect, dialect_mail, mail
from tests.tickets.test_email_limits import check, mutant, read
from tickets.domain.reply import trim_reply
from tickets.inbound.email.rtf import decompress, rtf_to_text
from tickets.inbound.email.smime import signed_content
from tickets.inbound.email.tnef import unpack

DIALECTS = Path(__file__).parent.parent / "payloads" / "dialects"
MUTANTS = share_of(3000, parts=3)
WINMAIL = w.tnef(
    w.message(
        w.prop(3, 0x8005, b"\x01\x00\x00\x00", named="Keywords"),
        w.prop(0x1F, 0x1000, w.text16("Años")),
        w.prop(0x102, 0x1009, w.compressed_rtf(rb"{\rtf1 {\fonttbl x} a\par \u225 ?\'e1}")),
    ),
    w.file(b"a.pdf", b"%PDF", w.prop(0x1F, 0x3707, w.text16("á.pdf"))),
    w.file(b"mail", b"", w.prop(0x0D, 0x3701, w.GUID + w.tnef(w.file(b"b", b"b")))),
)
SIGNED = w.cms_signed(b"Content-Type: text/plain\n\nSigned", pieces=True)


def table(name: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((DIALECTS / f"{name}.toml").read_text("utf-8"))


def wrapped(data: bytes, kind: str) -> bytes:
    head = f"Content-Type: application/{kind}\nContent-Transfer-Encoding: base64"
    return mail("bob@acme.example", "s", *head.split("\n"), text=base64.b64encode(data).decode())


def mails() -> Iterator[bytes]:
    for group in table("failures").values():
        for fields in group.values():
            yield dialect_mail(Dialect(**fields))  # type: ignore[arg-type]
    for fields in (*table("machines").values(), *table("people").values()):
        yield mail(
            str(fields["sender"]),
            str(fields["subject"]),
            *list(fields.get("head", ())),  # type: ignore[call-overload]
            text=str(fields["text"]),
        )
    yield wrapped(WINMAIL, "ms-tnef")
    yield wrapped(SIGNED, "pkcs7-mime")


def test_broken_mails_of_all_dialects_are_read_or_put_aside() -> None:
    source = random.Random(20261125)
    known = list(mails())
    for _ in range(MUTANTS):
        found = read(mutant(source, source.choice(known)))
        if found is not None:
            check(found)


def test_broken_wrappings_are_unpacked_or_left() -> None:
    source = random.Random(20261126)
    for _ in range(MUTANTS):
        unpack(w.tnef()[:4] + mutant(source, WINMAIL)[4:])
        signed_content(mutant(source, SIGNED))


@settings(max_examples=share_of(300, parts=3), deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_are_unpacked_or_left(data: bytes) -> None:
    unpack(w.tnef() + data)
    decompress(w.compressed_rtf(b"x" * 20)[:16] + data)
    rtf_to_text(b"{\\rtf1 " + data)
    signed_content(data)


REPLIES = [str(case["text"]) for case in table("replies").values()]


@settings(max_examples=share_of(300, parts=3), deadline=None, derandomize=True)
@given(st.data())
def test_pieces_of_answers_are_trimmed_to_a_part_that_is_not_empty(data: st.DataObject) -> None:
    lines = [line for text in REPLIES for line in text.split("\n")]
    text = "\n".join(data.draw(st.lists(st.sampled_from(lines), max_size=30)))
    reply = trim_reply(text)
    assert reply in text
    assert bool(reply.strip()) == bool(text.strip())
