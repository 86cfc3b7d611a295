"""Plain functions that make the calls of e-mail providers, signed as each of them signs."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from tickets.domain.incoming import Incoming, IncomingMessage
from tickets.models import Source
from tickets.providers.call import Call, content_of
from tickets.providers.raw_mail import RawMail
from tickets.providers.read import read_call
from tickets.providers.table import PROVIDERS

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
KEY = "key-of-the-tests-0123456789abcdef"
OTHER_KEY = "key-of-somebody-else-0123456789"
BASIC = "sivo:a-password-of-the-tests"
BOUNDARY = "xYzZY"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkM+M"
    "9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\r\n%\xe2\xe3\xcf\xd3\r\n1 0 obj\r\n<<>>\nendobj\r\n%%EOF\r\n"
OWN_MX = ["mxa.mailgun.example"]
_numbers = count(1)


def payload(name: str) -> Any:
    """A JSON payload of the folder."""
    return json.loads((PAYLOADS / name).read_text(encoding="utf-8"))


def raw_payload(name: str) -> bytes:
    """A payload as its bytes."""
    return (PAYLOADS / name).read_bytes()


def source(kind: str, secrets: str = "", **more: Any) -> Source:
    """A source of a provider, with the credential of the tests unless told otherwise."""
    keys = {"mailgun", "mandrill", "mailersend"}
    return Source.objects.create(
        kind=kind,
        name=f"{kind} {next(_numbers)}",
        channel="email",
        secrets=secrets or (KEY if kind in keys else BASIC),
        **more,
    )


def multipart(
    fields: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]],
    files: Sequence[tuple[str, str, str, bytes]] = (),
) -> bytes:
    """A form's body; `files` are (field, file name, type, content)."""
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + _bytes(value)
        for name, value in pairs
    ]
    parts += [
        f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        f"Content-Type: {kind}\r\n\r\n".encode()
        + content
        for name, filename, kind, content in files
    ]
    return b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts) + (
        f"--{BOUNDARY}--\r\n".encode()
    )


def urlencoded(fields: Mapping[str, str | bytes]) -> bytes:
    """The other kind of form."""
    return urlencode(fields).encode()


def new_token() -> str:
    """A token as Mailgun makes them: 50 characters."""
    return hashlib.sha256(str(next(_numbers)).encode()).hexdigest()[:50]


def mailgun_signature(at: datetime, token: str = "", key: str = KEY) -> dict[str, str]:
    """The three fields that sign a call of Mailgun."""
    seconds, token = str(int(at.timestamp())), token or new_token()
    signature = hmac.new(key.encode(), f"{seconds}{token}".encode(), "sha256").hexdigest()
    return {"timestamp": seconds, "token": token, "signature": signature}


def basic(credential: str = BASIC) -> dict[str, str]:
    """The header of Basic authentication."""
    return {"authorization": "Basic " + base64.b64encode(credential.encode()).decode()}


def mandrill_signature(to: Source, events: str, key: str = KEY) -> dict[str, str]:
    """Mandrill's header: over the public address and the one field of the form."""
    address = f"{settings.PUBLIC_URL.rstrip('/')}/hooks/mandrill/{to.pk}/"
    signed = f"{address}mandrill_events{events}".encode()
    digest = hmac.new(key.encode(), signed, "sha1").digest()
    return {"x-mandrill-signature": base64.b64encode(digest).decode()}


def body_signature(body: bytes, key: str = KEY) -> dict[str, str]:
    """MailerSend's header."""
    return {"signature": hmac.new(key.encode(), body, "sha256").hexdigest()}


def post(
    client: Client,
    to: Source,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = "application/json",
    end: str = "/",
    **more: Any,
) -> Any:
    """Brings a call to the door of a source."""
    return client.post(
        f"/hooks/{to.kind}/{to.pk}{end}",
        body,
        content_type=content_type,
        headers=dict(headers or {}),
        **more,
    )


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def read_mails(
    kind: str, body: bytes, content_type: str = "application/json"
) -> tuple[Incoming, ...]:
    """The records of a call, as the worker reads it."""
    return read_call(
        kind=kind, headers={"content-type": content_type}, body=body, own_mx_hosts=OWN_MX
    )


def read_one(kind: str, body: bytes, content_type: str = "application/json") -> IncomingMessage:
    """The one mail of a call."""
    (record,) = read_mails(kind, body, content_type)
    assert isinstance(record, IncomingMessage)
    return record


def raw_of(kind: str, body: bytes, content_type: str = "application/json") -> bytes:
    """The raw mail that is handed to our own reader."""
    content = content_of(Call(headers={"content-type": content_type}, body=body))
    found = PROVIDERS[kind].mail_of(PROVIDERS[kind].items(content)[0])
    assert isinstance(found, RawMail)
    return found.raw


def as_json(value: Any) -> bytes:
    """A JSON body."""
    return json.dumps(value).encode()


def files_of(record: IncomingMessage) -> dict[str, tuple[str, bytes, bool]]:
    """The attachments by their names: type, content, whether shown in the text."""
    return {
        file.name: (file.media_type, file.content, file.is_inline) for file in record.attachments
    }
