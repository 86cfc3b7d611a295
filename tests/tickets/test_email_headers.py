"""Headers, addresses, parameters, charsets: what the standard library raises on or gets wrong."""

import base64
import json
from typing import Any

import pytest

from tickets.inbound.email import parse_mail
from tickets.inbound.email.addresses import addresses, first_address
from tickets.inbound.email.charset import clean, codec_named, decode
from tickets.inbound.email.flowed import unflow
from tickets.inbound.email.headers import Headers, decoded, split_headers
from tickets.inbound.email.identity import message_id, message_ids
from tickets.inbound.email.parameters import parse_value
from tickets.inbound.email.transfer import decode_base64, decode_transfer


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"  two   blanks\t and\r\n tabs ", "two blanks and tabs"),
        (b"=?utf-8?Q?=C2=BFQu=C3=A9_tal=3F?=", "¿Qué tal?"),
        (b"=?UTF-8?b?wr9RdcOpIHRhbD8=?=", "¿Qué tal?"),
        (b"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        (b"=?utf-8?Q?a?= plain =?utf-8?Q?b?=", "a plain b"),
        (b"=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "café"),  # a letter cut between two words
        (b"=?utf-8?Q?has blanks and ? mark?=", "has blanks and ? mark"),
        (b"x=?utf-8?Q?y?=z", "xyz"),  # no white space around
        (b"=?utf-8*es?Q?ma=C3=B1ana?=", "mañana"),
        (b"=?iso-8859-1?Q?10_=80?=", "10 €"),  # cp1252 by the wrong name
        (b"=?x-unknown?Q?=E1rbol?=", "árbol"),
        (b"=?utf-8?B?Y2Fmw6k?=", "café"),  # padding lost
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?utf-8?Q?broken", "=?utf-8?Q?broken"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("Avería".encode(), "Avería"),
        ("Avería".encode("latin-1"), "Avería"),
        (b"a\x00b", "ab"),
        (b"=?utf-8?Q?a=00b=0D=0AInjected:_x?=", "ab Injected: x"),
        (b"=?utf-7?Q?+2AA-x?=", "\N{REPLACEMENT CHARACTER}" * 3 + "x"),  # half a surrogate pair
    ],
)
def test_a_header_is_decoded_to_one_line(raw: bytes, text: str) -> None:
    assert decoded(raw) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Bob <bob@Example.COM>", [("Bob", "bob@example.com")]),
        ("BOB@Example.com", [("", "BOB@example.com")]),
        ("bob@example.com (Bob Baker)", [("Bob Baker", "bob@example.com")]),
        ('"Baker, Bob" <b@x.y>, c@x.y', [("Baker, Bob", "b@x.y"), ("", "c@x.y")]),
        ("Team: a@x.y, B <b@x.y>; c@x.y", [("", "a@x.y"), ("B", "b@x.y"), ("", "c@x.y")]),
        ("undisclosed-recipients:;", []),
        ("<>", []),
        ("", []),
        ("Bob <bob@x.y", [("Bob", "bob@x.y")]),
        ("Bob bob@x.y", [("Bob", "bob@x.y")]),
        ("bob@x.y <bob@x.y>", [("bob@x.y", "bob@x.y")]),
        ("<<bob@x.y>>", [("", "bob@x.y")]),
        ("<mailto:bob@x.y>", [("", "bob@x.y")]),
        ("< bob @ x.y >", [("", "bob@x.y")]),
        ('"O\\"Neil" <o@x.y>', [('O"Neil', "o@x.y")]),
        ("=?utf-8?Q?Mu=C3=B1oz=2C_Bob?= <b@x.y>", [("Muñoz, Bob", "b@x.y")]),
        ("=?utf-8?Q?bob=40x=2Ey?=", [("", "bob@x.y")]),
        ("=?utf-8?Q?Bob_=3Cbob=40x=2Ey=3E?=", [("Bob", "bob@x.y")]),
        ("MAILER-DAEMON", [("", "MAILER-DAEMON")]),
        ("Mail Delivery System <MAILER-DAEMON>", [("Mail Delivery System", "MAILER-DAEMON")]),
        ("'bob@x.y' <bob@x.y>", [("bob@x.y", "bob@x.y")]),
        ("Bob Baker", [("Bob Baker", "")]),
        ("a@x.y; b@x.y", [("", "a@x.y"), ("", "b@x.y")]),
        ("<@relay.x:bob@x.y>", [("", "bob@x.y")]),
    ],
)
def test_addresses_are_found_in_what_people_write(
    raw: str, expected: list[tuple[str, str]]
) -> None:
    assert [(each.name, each.email) for each in addresses(raw)] == expected


def test_the_first_of_several_senders_counts() -> None:
    headers = Headers((("from", b"Nobody, a@x.y, b@x.y"), ("sender", b"c@x.y")))
    assert first_address(headers, ("from", "sender")).email == "a@x.y"


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        (b'text/Plain; charset="UTF-8"', "text/plain", {"charset": "UTF-8"}),
        (b"text/plain; charset=us-ascii (plain text)", "text/plain", None),
        (b'attachment; filename="a;b.pdf"', "attachment", {"filename": "a;b.pdf"}),
        (b'attachment; filename="a\\"b.pdf"', "attachment", {"filename": 'a"b.pdf'}),
        (b'attachment; filename="C:\\tmp\\a.pdf"', "attachment", {"filename": "C:\\tmp\\a.pdf"}),
        (b"attachment; filename=no quotes.pdf", "attachment", {"filename": "no quotes.pdf"}),
        (b'attachment; filename="never closed', "attachment", {"filename": "never closed"}),
        (b"attachment; filename*=utf-8''a%C3%B1o.pdf", "attachment", {"filename": "año.pdf"}),
        (b"attachment; filename*=iso-8859-1'es'a%F1o", "attachment", {"filename": "año"}),
        (
            b"attachment; filename*1=\"b.pdf\"; filename*0*=utf-8''%C3%A1",
            "attachment",
            {"filename": "áb.pdf"},
        ),
        (b"attachment; filename==?utf-8?Q?a=C3=B1o?=", "attachment", {"filename": "año"}),
        ("attachment; filename=año".encode("latin-1"), "attachment", {"filename": "año"}),
        (b'filename="x.pdf"', "", {"filename": "x.pdf"}),
        (b";;;=;x", "", {}),
        (b"attachment; filename*=%%%", "attachment", {"filename": "%%%"}),
    ],
)
def test_parameters_are_read_leniently(
    raw: bytes, value: str, parameters: dict[str, str] | None
) -> None:
    found = parse_value(raw)
    assert found[0] == value
    assert parameters is None or found[1] == parameters


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        ("año €".encode(), "utf-8", "año €"),
        ("año €".encode(), "", "año €"),
        ("año €".encode("cp1252"), "iso-8859-1", "año €"),
        ("La conexión".encode("cp1252"), "utf-8", "La conexión"),
        ("La conexión".encode("cp1252"), "us-ascii", "La conexión"),
        (b"caf\xe9 \x81", "iso-8859-1", "café \x81"),
        ("año".encode() + b" roto " + "mañana año".encode() + b"\xc3", "utf-8", None),
        ("朱镕基".encode("gb18030"), "gb2312", "朱镕基"),
        ("한국어".encode("cp949"), "ks_c_5601-1987", "한국어"),
        ("①日本".encode("cp932"), "shift_jis", "①日本"),
        ("日本語".encode("iso2022_jp"), "", "日本語"),
        ("日本語".encode("iso2022_jp"), "iso-2022-jp", "日本語"),
        ("Привет".encode("koi8-r"), "KOI8-R", "Привет"),
        ("Привет, не работает связь. ".encode("cp1251") * 20, "", None),
        ("hola".encode("utf-16"), "utf-16", "hola"),
        (b"hola!!", "utf-16", "hola!!"),  # ASCII that would decode into Chinese
        (b"\xef\xbb\xbfhola", "utf-8", "hola"),
        (b"hola", "fakescii", "hola"),
        (b"hola", "zip", "hola"),
        (b"\\ud800", "unicode_escape", "\\ud800"),
        (b"hola", "idna", "hola"),
        (b"hola", "\xff\x00", "hola"),
        (b"hola", "charset=us-ascii", "hola"),
        (b"+2AA-", "utf-7", "\ufffd\ufffd\ufffd"),
    ],
)
def test_bytes_become_text_whatever_they_claim(
    data: bytes, declared: str, text: str | None
) -> None:
    found, _ = decode(data, declared)
    assert text is None or found == text
    json.dumps(found).encode("utf-8")
    found.encode("utf-8")


def test_damaged_utf8_stays_utf8_and_long_cyrillic_is_guessed() -> None:
    text, note = decode("año mañana niño".encode() + b"\xc3", "utf-8")
    assert text.startswith("año mañana niño")
    assert "damaged" in note
    russian = "Привет, сегодня не работает связь с офисом. " * 20
    assert decode(russian.encode("cp1251"), "")[0] == russian


def test_codecs_that_are_no_charset_are_not_used() -> None:
    for name in ("zip", "hex", "rot13", "idna", "punycode", "unicode_escape", "", "?", "x" * 999):
        assert codec_named(name) is None
    assert clean("a\ud800b\x00") == "a\ufffd\ufffd\ufffdb"


def test_base64_is_read_with_junk_in_it() -> None:
    plain = b"twenty-three bytes long"
    encoded = base64.b64encode(plain)
    assert decode_base64(encoded[:10] + b"\r\n \x00*" + encoded[10:]) == plain
    assert decode_base64(encoded.rstrip(b"=")) == plain
    assert decode_base64(b"QQ==\r\nQg==\r\n") == b"AB"
    assert decode_base64(b"QQ==\n_______\nthe footer of a list\n") == b"A"
    assert decode_base64(b"QUJDR") == b"ABC"
    assert decode_base64(b"====") == b""


@pytest.mark.parametrize(
    ("data", "encoding", "plain"),
    [
        (b"a=C3=B1o=\r\n!", "quoted-printable", "año!".encode()),
        (b"a=ZZ=", "Quoted-Printable", b"a=ZZ"),
        (b"begin 644 a.txt\n#0V%T\n`\nend\nfooter", "x-uuencode", b"Cat"),
        (b"#0V%T trailing", "uuencode", b"Cat"),
        (b"as it is", "8bit", b"as it is"),
        (b"as it is", "nonsense", b"as it is"),
    ],
)
def test_transfer_encodings_are_undone(data: bytes, encoding: str, plain: bytes) -> None:
    assert decode_transfer(data, encoding) == plain


def test_flowed_text_is_joined_at_its_depth() -> None:
    text = "one \ntwo\n> q1 \n> q2\n>> deep\n-- \nBob \nBaker"
    assert unflow(text, delete_space=False) == "one two\n> q1 q2\n>> deep\n-- \nBob Baker"
    assert unflow("日本 \n語", delete_space=True) == "日本語"
    assert unflow(" >not a quote", delete_space=False) == ">not a quote"


def test_message_ids_are_read_from_folded_and_bare_values() -> None:
    assert message_ids([b"<a@x>\r\n <b@x> <a@x>"]) == ["a@x", "b@x"]
    assert message_ids([b"<long\r\n id@x>"]) == ["longid@x"]
    assert message_ids([b"a@x, b@x"]) == ["a@x", "b@x"]
    assert message_ids([b"Your mail of Monday"]) == []
    assert message_id(b"<no-at-sign>") == "no-at-sign"
    assert message_id(b" bare@x ") == "bare@x"
    assert message_id(None) == ""


def test_a_header_block_ends_where_no_header_stands() -> None:
    raw = b"From x Mon Nov 23 09:00:00 2026\r\nSubject: a\r\n b\r\nX :c\r\nno header here\r\nbody"
    headers, start = split_headers(raw, 0, len(raw))
    assert headers.fields == (("subject", b"a b"), ("x", b"c"))
    assert raw[start:] == b"no header here\r\nbody"


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"\xef\xbb\xbfFrom: a@x.y\n\nb", {"sender": "a@x.y", "body": "b"}),
        (b"\r\n\r\nFrom: a@x.y\r\n\r\nb", {"sender": "a@x.y", "body": "b"}),
        (b"From: a@x.y\rSubject: s\r\rb\rc", {"subject": "s", "body": "b\nc"}),
        (b"From: a@x.y\r\r\nSubject: s\r\r\n\r\r\nb", {"subject": "s", "body": "b"}),
        (b"From: a@x.y\nFrom: b@x.y\n\n", {"sender": "a@x.y", "body": "", "reply": ""}),
        (b"Reply-To: a@x.y\n\nb", {"sender": "a@x.y", "reply_to": "a@x.y"}),
        (b"From: a@x.y\nDate: yesterday\n\n", {"sent_at": None}),
        (b"From: a@x.y\nDate: Mon, 99 Foo 20266 99:99:99 +9999\n\n", {"sent_at": None}),
        (b"From: a@x.y\nReturn-Path: <>\n\n", {"return_path": "", "suppress_answer": True}),
        (b"From: a@x.y\nReturn-Path: <B@X.y>\n\n", {"return_path": "B@x.y"}),
        (b"From: a@x.y\nContent-Type: html\n\n<b>", {"body": "<b>", "html": ""}),
        (b"From: a@x.y\nContent-Type: text/html\n\n<b>x", {"body": "x", "html": "<b>x"}),
    ],
)
def test_oddities_of_whole_mails_are_mended(raw: bytes, fields: dict[str, Any]) -> None:
    mail = parse_mail(raw)
    assert {name: getattr(mail, name) for name in fields} == fields
