"""What is wrapped comes out: winmail.dat, signed and encrypted mail, pictures in the text."""

import base64

import pytest

from tests.tickets import tnef_writer as w
from tickets.inbound.email import ParsedMail, parse_mail
from tickets.inbound.email.rtf import decompress, rtf_to_text
from tickets.inbound.email.smime import signed_content
from tickets.inbound.email.tnef import unpack

PDF = b"%PDF-1.4 contract"
RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Llam\'f3 a las 9\par \u8364 ?10\tab ya}"


def with_file(content: bytes, kind: str, text: str = "", name: str = "winmail.dat") -> ParsedMail:
    encoded = base64.encodebytes(content).decode()
    raw = (
        "From: bob@acme.example\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n"
        f"--b\nContent-Type: {kind}; name={name}\nContent-Transfer-Encoding: base64\n\n"
        f"{encoded}\n--b--\n"
    )
    return parse_mail(raw.encode())


def files(mail: ParsedMail) -> list[tuple[str, str, bytes]]:
    return [(each.name, each.media_type, each.content) for each in mail.attachments]


def test_the_files_of_a_winmail_dat_are_attachments() -> None:
    data = w.tnef(
        w.file(b"CONTRA~1.PDF", PDF, w.prop(0x1F, 0x3707, w.text16("Contrato año.pdf"))),
        w.file(
            b"logo.png",
            b"PNG",
            w.prop(0x1E, 0x370E, b"image/png\x00"),
            w.prop(0x1E, 0x3712, b"logo@acme\x00"),
        ),
    )
    mail = with_file(data, "application/ms-tnef", "Hello")
    assert mail.body == "Hello"
    assert files(mail) == [
        ("Contrato año.pdf", "application/octet-stream", PDF),
        ("logo.png", "image/png", b"PNG"),
    ]
    assert mail.attachments[1].content_id == "logo@acme"
    assert "winmail.dat was unpacked" in mail.notes


@pytest.mark.parametrize(
    ("attributes", "body"),
    [
        ([w.message(w.prop(0x1F, 0x1000, w.text16("Años después")))], "Años después"),
        ([w.message(w.prop(0x1E, 0x1000, "Años".encode("cp1252")))], "Años"),
        ([w.attribute(1, 0x800C, 2, b"old body\x00")], "old body"),
        ([w.message(w.prop(0x102, 0x1013, b"<p>one<p>two"))], "one\n\ntwo"),
        ([w.message(w.prop(0x102, 0x1009, w.stored_rtf(RTF)))], "Llamó a las 9\n€10\tya"),
        ([w.message(w.prop(0x102, 0x1009, w.compressed_rtf(RTF)))], "Llamó a las 9\n€10\tya"),
        (
            [
                w.message(
                    w.prop(3, 0x8005, b"\x01\x00\x00\x00", named="Keywords"),
                    w.prop(0x1F, 0x1000, w.text16("after a named property")),
                )
            ],
            "after a named property",
        ),
    ],
)
def test_the_text_of_a_winmail_dat_is_the_body_when_there_is_no_other(
    attributes: list[bytes], body: str
) -> None:
    mail = with_file(w.tnef(*attributes), "application/ms-tnef")
    assert mail.body == mail.reply == body
    assert mail.attachments == ()


def test_a_mail_inside_a_winmail_dat_is_unpacked_too() -> None:
    inner = w.tnef(
        w.message(w.prop(0x1F, 0x1000, w.text16("inner text"))), w.file(b"inner.pdf", PDF)
    )
    outer = w.file(b"mail", b"", w.prop(0x0D, 0x3701, w.GUID + inner))
    mail = with_file(w.tnef(outer), "application/ms-tnef", "see below")
    assert [(name, content) for name, _, content in files(mail)] == [
        ("mail.txt", b"inner text"),
        ("inner.pdf", PDF),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"no tnef at all",
        b"\x78\x9f\x3e\x22",
        w.tnef(),
        w.tnef(w.message(w.prop(0x1F, 0x1000, w.text16("text that the mail has")))),
    ],
)
def test_a_winmail_dat_without_anything_new_stays_a_file(data: bytes) -> None:
    mail = with_file(data, "application/ms-tnef", "text that the mail has")
    assert files(mail) == [("winmail.dat", "application/ms-tnef", data)]


def test_a_cut_winmail_dat_gives_what_came_before() -> None:
    data = w.tnef(w.file(b"a.pdf", PDF), w.file(b"b.pdf", PDF * 10))
    cut = unpack(data[:-120])
    assert cut is not None
    assert [each.name for each in cut.files] == ["a.pdf", "b.pdf"]
    for end in range(0, len(data), 7):
        unpack(data[:end])


def test_a_winmail_dat_in_itself_ends() -> None:
    data = w.tnef(w.file(b"a", PDF))
    for _ in range(10):
        data = w.tnef(w.file(b"mail", b"", w.prop(0x0D, 0x3701, w.GUID + data)))
    assert unpack(data) is not None


def test_references_of_compressed_text_are_followed() -> None:
    # One letter, then a reference that overlaps what it writes.
    start = 207
    token = (start << 4) | 3
    body = bytes([0b10, ord("x"), token >> 8, token & 255])
    head = (20).to_bytes(4, "little") + (6).to_bytes(4, "little") + b"LZFu" + b"\x00" * 4
    assert decompress(head + body) == b"xxxxxx"
    assert decompress(b"LZFu") == b""
    assert decompress(head + b"\xff\x00") == b""


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1 a\par b}", "a\nb"),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0\'e8}", "При"),
        (rb"{\rtf1 {\*\htmltag64 <p>}a{\pict 00ff}b\~c\{\}}", "ab\u00a0c{}"),
        (rb"{\rtf1\uc0 \u225 b", "áb"),
        (rb"}}}\x\'zz", "'zz"),
        (b"", ""),
    ],
)
def test_rich_text_is_read_as_plain_text(rtf: bytes, text: str) -> None:
    assert rtf_to_text(rtf) == text


SIGNED = b"Content-Type: text/plain; charset=utf-8\r\n\r\nSigned by Bob.\r\n"


@pytest.mark.parametrize("pieces", [False, True])
def test_text_inside_a_signature_is_read_and_the_file_is_kept(pieces: bool) -> None:
    data = w.cms_signed(SIGNED, pieces=pieces)
    raw = (
        b"From: bob@acme.example\nSubject: s\nContent-Type: application/pkcs7-mime; "
        b"smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n"
    )
    mail = parse_mail(raw + base64.encodebytes(data))
    assert mail.body == "Signed by Bob."
    assert files(mail) == [("smime.p7m", "application/pkcs7-mime", data)]


def test_encrypted_mail_is_kept_as_a_file_with_a_note() -> None:
    data = w.der(0x30, w.ENVELOPED_DATA + w.der(0xA0, b"secret"))
    assert signed_content(data) is None
    mail = with_file(data, "application/pkcs7-mime", name="smime.p7m")
    assert [name for name, _, _ in files(mail)] == ["smime.p7m"]
    assert "an encrypted part was kept as a file" in mail.notes
    pgp = parse_mail(
        b"From: b@x.example\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n"
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n"
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP\n--b--\n"
    )
    assert [each.name for each in pgp.attachments] == ["attachment.asc", "encrypted.asc"]
    assert "an encrypted part was kept as a file" in pgp.notes


def test_a_detached_signature_is_a_file_beside_the_text() -> None:
    mail = parse_mail(
        b"From: b@x.example\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nHello\n--b\n"
        b"Content-Type: application/pgp-signature; name=signature.asc\n\nx\n--b--\n"
    )
    assert (mail.body, [each.name for each in mail.attachments]) == ("Hello", ["signature.asc"])


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_damaged_signed_data_is_a_file(cut: int) -> None:
    assert signed_content(w.cms_signed(SIGNED)[:cut]) is None


def test_what_is_left_of_cut_signed_data_is_read() -> None:
    assert signed_content(w.cms_signed(SIGNED)[:-10]) == SIGNED[:-10]


def test_pictures_that_the_text_shows_are_inline() -> None:
    html = '<img src="cid:logo%40acme"><img src=plan.png><p style="background:url(cid:bg)">x'
    parts = [
        ("Content-Type: text/html", html),
        ("Content-Type: image/png; name=logo.png\nContent-ID: <logo@acme>", "x"),
        ("Content-Type: image/png; name=bg.png\nContent-ID: bg", "x"),
        ("Content-Type: image/png; name=plan.png\nContent-Location: plan.png", "x"),
        ("Content-Type: image/png; name=other.png\nContent-ID: <other>", "x"),
        ("Content-Type: image/png; name=plain.png", "x"),
    ]
    body = "".join(f"--b\n{head}\n\n{content}\n" for head, content in parts)
    head = "From: b@x.example\nContent-Type: multipart/related; boundary=b\n\n"
    mail = parse_mail(f"{head}{body}--b--\n".encode())
    assert [(each.name, each.content_id, each.is_inline) for each in mail.attachments] == [
        ("logo.png", "logo@acme", True),
        ("bg.png", "bg", True),
        ("plan.png", "plan.png", True),
        ("other.png", "other", False),
        ("plain.png", "", False),
    ]
