"""Spoils mails and webhook bodies as the world does: bytes lost, doubled, swapped and invented."""

import json
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from random import Random
from typing import Any

# What parsers stumble over: separators, half an encoded word, markers of other encodings.
TOKENS: tuple[bytes, ...] = (
    *(b"\x00", b"\xff\xfe", b"\r", b"\n\n", b"\r\n\r\n", b"\x1b[31m", b"\xed\xa0\x80", b"\x80"),
    *(b"=?utf-8?B?", b"=?iso-2022-jp?Q?=1B$B?=", b"=?", b"?=", b"=\r\n", b"=C3", b"%00"),
    *(b"Content-Type: multipart/mixed; boundary=\r\n", b"Content-Transfer-Encoding: base64\r\n"),
    *(b"Content-Type: message/rfc822\r\n\r\n", b'boundary="', b"--x--\r\n", b"charset=utf-7;"),
    *(b"<", b">", b"@", b"<@>", b"From \r\n", b"From: ", b"Subject: Re: SIVO-1001 ", b"A" * 3000),
    *("ñ€😀".encode(), "漢字".encode() * 400, b"SIVO-999999999999999999", b"Message-ID: <"),
    *(b"Auto-Submitted: auto-replied\r\n", b"Received: from x by y; Mon, 99 Foo 2026\r\n"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**400, 1.5, 1e308, "", " ", "\x00", "a\x01b", "\ud800", "\x7f"),
    *([], {}, [[]], {"a": {}}, "x" * 5_000, "ñ" * 300, "漢" * 260, "SIVO-1001", "bob@acme.example"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", "24:00:00"),
    *("2026-11-18T09:00:00", "customer", "agent", "bot", "open", "solved", "urgent", "<b>&amp;"),
)


def spoil_bytes(chance: Random, raw: bytes) -> bytes:
    """One to four accidents of transport."""
    accidents = (_flip, _cut, _double, _insert, _swap, _truncate, _token, _token)
    for _ in range(chance.randint(1, 4)):
        raw = chance.choice(accidents)(chance, raw) if raw else b"\x00"
    return raw


def spoil_json(chance: Random, body: bytes) -> bytes:
    """A value exchanged, a key lost or renamed, somewhere in the tree; at times bytes besides."""
    tree = json.loads(body)
    for _ in range(chance.choice([0, 1, 1, 1, 2])):
        place = chance.choice([*_objects(tree), *_objects(tree)[1:] * 3])
        if not place:
            continue
        key = chance.choice(sorted(place))
        match chance.randrange(5):
            case 0:
                del place[key]
            case 1:
                place[key.upper()] = place.pop(key)
            case _:
                place[key] = chance.choice(VALUES)
    spoilt = json.dumps(tree, ensure_ascii=chance.random() < 0.9).encode(errors="surrogatepass")
    return spoil_bytes(chance, spoilt) if chance.random() < 0.15 else spoilt


def sample_mails() -> list[bytes]:
    """One of each kind that reaches a support mailbox."""
    return [
        _plain("No podemos recibir llamadas. No funciona nada.", "Centralita caída"),
        _plain("Gracias.\n\nOn Monday, Alice wrote:\n> Hola\n", "Re: [SIVO-1001] Centralita"),
        _plain("Estoy de vacaciones.", "Respuesta automática", Auto_Submitted="auto-replied"),
        _plain("¿Cómo exporto un informe?", "Informe", charset="iso-8859-1"),
        _with_files(),
        _bounce(),
        _forwarded(),
    ]


def _plain(body: str, subject: str, *, charset: str = "utf-8", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Bob Müller <bob@acme.example>", "support@sivocenter.com"
    mail["Subject"], mail["Date"] = subject, "Wed, 18 Nov 2026 10:00:00 +0100"
    mail["Message-ID"] = f"<{len(body)}.{len(subject)}@mail.example>"
    mail["References"] = "<1.1@mail.example> <46.16@mail.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body, charset=charset)
    return mail.as_bytes()


def _with_files() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "bob@acme.example", "support@sivocenter.com"
    mail["Subject"], mail["Message-ID"] = "Adjunto", "<files@mail.example>"
    mail.set_content("Véase el adjunto.")
    mail.add_alternative("<p>Véase <b>el adjunto</b>.<img src='cid:a'></p>", subtype="html")
    mail.add_attachment(bytes(range(256)), maintype="image", subtype="png", filename="señal.png")
    mail.add_attachment("uno;dos\n", subtype="csv", filename="datos.csv")
    return mail.as_bytes()


def _bounce() -> bytes:
    mail = MIMEMultipart("report", **{"report-type": "delivery-status"})
    mail["From"], mail["To"] = "MAILER-DAEMON@mx.example", "support@sivocenter.com"
    mail["Subject"], mail["Message-ID"] = "Undelivered Mail", "<bounce@mx.example>"
    mail.attach(MIMEText("I could not deliver it.\n"))
    status = EmailMessage()
    status["Reporting-MTA"] = "dns; mx.example"
    status["Final-Recipient"], status["Action"] = "rfc822; bob@acme.example", "failed"
    status["Status"] = "5.1.1"
    report = MIMEMessage(status)
    report.set_type("message/delivery-status")
    mail.attach(report)
    original = EmailMessage()
    original["Message-ID"] = "<ours@sivocenter.com>"
    mail.attach(MIMEMessage(original))
    return mail.as_bytes()


def _forwarded() -> bytes:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "dave@acme.example", "Dentro"
    inner.set_content("El mensaje de dentro.")
    mail = MIMEMultipart("mixed")
    mail["From"], mail["To"] = "=?utf-8?q?Bob_M=C3=BCller?= <bob@acme.example>", "support@x.example"
    mail["Subject"], mail["Message-ID"] = "Fwd: Dentro", "<forwarded@mail.example>"
    mail.attach(MIMEText("Os lo paso.", _charset="utf-8"))
    mail.attach(MIMEMessage(inner))
    return mail.as_bytes()


def _objects(tree: Any) -> list[dict[str, Any]]:
    found = [tree]
    for value in tree.values():
        if isinstance(value, dict):
            found += _objects(value)
    return found


def _place(chance: Random, raw: bytes, most: int = 200) -> tuple[int, int]:
    start = chance.randrange(len(raw))
    return start, min(len(raw), start + chance.randint(1, most))


def _flip(chance: Random, raw: bytes) -> bytes:
    spoilt = bytearray(raw)
    for _ in range(chance.randint(1, 8)):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def _cut(chance: Random, raw: bytes) -> bytes:
    start, end = _place(chance, raw)
    return raw[:start] + raw[end:]


def _double(chance: Random, raw: bytes) -> bytes:
    start, end = _place(chance, raw)
    return raw[:end] + raw[start:end] * chance.randint(1, 20) + raw[end:]


def _insert(chance: Random, raw: bytes) -> bytes:
    start, _ = _place(chance, raw)
    return raw[:start] + chance.randbytes(chance.randint(1, 30)) + raw[start:]


def _swap(chance: Random, raw: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def _truncate(chance: Random, raw: bytes) -> bytes:
    return raw[: chance.randrange(len(raw))]


def _token(chance: Random, raw: bytes) -> bytes:
    start, end = _place(chance, raw, 20)
    end = end if chance.random() < 0.5 else start
    return raw[:start] + chance.choice(TOKENS) + raw[end:]
