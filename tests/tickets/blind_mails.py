"""Builds the raw mails of `tests/payloads/blind` from their few words."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.tickets.mail_builder import ID, ORIGINAL
from tickets.domain.words import MailKind

DATA = Path(__file__).resolve().parents[1] / "payloads" / "blind"
LATER = (
    "To: support@sivocenter.com\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n"
    "Message-ID: <1@acme.example>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindMail:
    """One mail of the tables and what is expected of it; None is not asked."""

    name: str
    raw: bytes
    delayed: bool = False
    gives_back: bool = False
    sender: str | None = None
    sender_name: str | None = None
    subject: str | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class SystemMail:
    """A whole mail as some mail system writes it, and what is expected of it."""

    name: str
    kind: MailKind
    sender: str
    subject: str
    raw: bytes


def read_systems() -> list[SystemMail]:
    """Eighty mail systems' failures, and mails of machines and people; one JSON object a line.

    The bytes stand there as Latin-1 characters.
    """
    lines = (DATA / "systems.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        SystemMail(
            row["name"],
            MailKind(row["kind"]),
            row["sender"],
            row["subject"],
            row["raw"].encode("latin-1"),
        )
        for row in map(json.loads, lines)
    ]


def read_mails(*stems: str) -> list[BlindMail]:
    """The mails of these tables."""
    found = []
    for stem in stems:
        table = tomllib.loads((DATA / f"{stem}.toml").read_text(encoding="utf-8"))
        found += [_built(row) for row in table["mail"]]
    return found


def _built(row: dict[str, str | bool]) -> BlindMail:
    text = str(row.get("text", "The phones do not ring. Please help us."))
    kept = {key: row[key] for key in ("sender", "sender_name", "subject", "reply") if key in row}
    return BlindMail(
        name=str(row["name"]),
        raw=_raw(row, text).encode(str(row.get("charset", "utf-8"))),
        delayed=bool(row.get("delayed", False)),
        gives_back="{original}" in text or "returned" in row,
        **kept,  # type: ignore[arg-type]
    )


def _raw(row: dict[str, str | bool], text: str) -> str:
    head = str(row.get("head", "From: Bob <bob@acme.example>\nSubject: Re: The phones")).rstrip(
        "\n"
    )
    text = text.strip("\n").replace("{original}", ORIGINAL).replace("{id}", ID) + "\n"
    if "dsn" in row or "returned" in row:
        return f"{head}\n{LATER}{_report(row, text)}"
    if "\nContent-Type:" not in head:
        kind = "html" if row.get("html") else "plain"
        head += f"\nContent-Type: text/{kind}; charset={row.get('charset', 'utf-8')}"
    return f"{head}\n{LATER}\n{text}"


def _report(row: dict[str, str | bool], text: str) -> str:
    parts = [f"Content-Type: text/plain; charset=utf-8\n\n{text}"]
    kind = "multipart/mixed"
    if "dsn" in row:
        kind = "multipart/report; report-type=delivery-status"
        parts.append(
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.acme.example\n\n"
            f"Final-Recipient: rfc822; bob@acme.example\n{row['dsn']}\n"
        )
    if "returned" in row:
        parts.append(f"Content-Type: {row['returned']}\n\n{ORIGINAL}\n")
    body = "".join(f"--=_b\n{part}\n" for part in parts)
    return f'MIME-Version: 1.0\nContent-Type: {kind}; boundary="=_b"\n\n{body}--=_b--\n'
