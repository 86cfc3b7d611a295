"""Writes mails as programs of other people do, stamped by our own mail server."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random

from tests.journeys.shapes.shaped import Fate, Person, Shaped, Talk

SUPPORT = "support@sivocenter.com"
OWN_MX = "mx.sivocenter.example"
ALICE = Person("Alice", "alice@sivocenter.example")
# Their domains belong to customers on three different plans.
COMPANIES = {"acme.example": "enterprise", "brisa.example": "pro", "cobre.example": "starter"}
_NAMES = ("Bob", "Dora", "Erik", "Fran", "Gema", "Hugo")
_SUBJECTS = ("Centralita", "Call queue", "Factura de octubre", "Supervisor panel", "Extension")
_SPANISH = (
    "No entran llamadas desde esta mañana.", "El panel tarda mucho en abrirse.",
    "¿Cómo damos de alta a un agente nuevo?", "Se corta el audio al transferir.",
    "Necesitamos la grabación de ayer por la tarde.",
)  # fmt: skip
_ENGLISH = (
    "No calls have come in since this morning.", "The panel takes very long to open.",
    "How do we add a new agent?", "The audio breaks off when we transfer a call.",
    "We need the recording of yesterday afternoon.",
)  # fmt: skip


@dataclass(slots=True)
class Writer:
    """The world that writes to us: what it has written so far, and where it goes on."""

    chance: Random
    begins_at: datetime
    place: int = 0
    talks: list[Talk] = field(default_factory=list)
    written: list[Shaped] = field(default_factory=list)

    def person(self) -> Person:
        """Somebody of a customer."""
        name, domain = self.chance.choice(_NAMES), self.chance.choice(list(COMPANIES))
        return Person(name, f"{name.lower()}@{domain}")

    def stranger(self) -> Person:
        """Somebody whom nobody has heard of before."""
        return Person("Mallory", f"mallory{self.place}@elsewhere{self.place}.example")

    def colleague(self, person: Person) -> Person:
        """Another one of the same company."""
        name = self.chance.choice([name for name in _NAMES if name != person.name])
        return Person(name, f"{name.lower()}@{person.domain}")

    def talk(self, *, answered: bool = False, certain: bool = False) -> Talk | None:
        """A conversation to go on with; one that we have answered, if it has to be.

        `certain`: no stranger's mail has an id of it.
        """
        found = [
            talk
            for talk in self.talks
            if (talk.answers or not answered) and not (certain and talk.is_doubtful)
        ]
        if not found:
            return None
        talk = self.chance.choice(found)
        talk.is_named = True
        return talk

    def new_talk(self) -> Talk | None:
        """A conversation that no other mail names: nothing that is on its way depends on it."""
        found = [talk for talk in self.talks if not talk.is_named]
        return self.chance.choice(found) if found else None

    def text(self) -> str:
        """Some sentences that no other mail holds in this form."""
        pool = self.chance.choice((_SPANISH, _ENGLISH))
        return f"{' '.join(self.chance.sample(pool, 3))} (n.º {self.place})"

    def plain(self) -> str:
        """The same in ASCII."""
        return f"{' '.join(self.chance.sample(_ENGLISH, 3))} (no. {self.place})"

    def subject(self) -> str:
        """One that no other mail has."""
        return f"{self.chance.choice(_SUBJECTS)} {self.place}"

    def message_id(self) -> str:
        """The Message-ID of the mail that is being written, without brackets."""
        return f"{self.place}.{self.chance.getrandbits(40):x}@mail.example"

    def head(
        self,
        person: Person,
        subject: str | None,
        *,
        key: str | None,
        dmarc: str = "pass",
        to: str = SUPPORT,
        mailbox: str = "support",
        returns_to: str | None = None,
        date: str | None = "",
    ) -> list[str]:
        """The usual header lines, ours first; None leaves a line out, DMARC can fail."""
        at = format_datetime(self.begins_at + timedelta(seconds=self.place))
        path = person.address if returns_to is None else returns_to
        lines = [
            f"Return-Path: <{path}>",
            f"Delivered-To: {mailbox}@sivocenter.com",
            f"Received: from mail.{person.domain} by {OWN_MX} id {mailbox}{self.place}; {at}",
            f"Authentication-Results: {OWN_MX}; dmarc={dmarc} header.from={person.domain}",
            f"From: {person.name} <{person.address}>",
            f"To: {to}",
        ]
        lines += [] if subject is None else [f"Subject: {subject}"]
        lines += [] if key is None else [f"Message-ID: <{key}>"]
        return lines + ([] if date is None else [f"Date: {date or at}"])

    def opens(
        self,
        raw: bytes,
        person: Person,
        subject: str,
        *,
        key: str = "",
        knows: Talk | None = None,
        **fate: object,
    ) -> Shaped:
        """A mail that opens a ticket; with an id it can be answered later.

        `knows`: the conversation that it names all the same.
        """
        label = f"t{self.place}"
        if key:
            self.talks.append(Talk(label, person, subject, [(key, self.place)]))
        opened = Fate(outcome="opened", ticket=label)
        return self._shaped(raw, person, subject, opened, fate, after=knows and knows.last)

    def joins(
        self, raw: bytes, person: Person, subject: str, *, talk: Talk, **fate: object
    ) -> Shaped:
        """A mail that joins a ticket."""
        joined = Fate(outcome="appended", ticket=talk.label)
        return self._shaped(raw, person, subject, joined, fate, after=talk.last)

    def passes(self, raw: bytes, person: Person, subject: str, **fate: object) -> Shaped:
        """A mail that is ignored, for a reason."""
        return self._shaped(raw, person, subject, Fate(outcome="ignored", kind="auto"), fate)

    def _shaped(
        self,
        raw: bytes,
        person: Person,
        subject: str,
        fate: Fate,
        more: dict[str, object],
        *,
        after: int | None = None,
    ) -> Shaped:
        more = {"sender": person.address, "subject": subject, **more}
        return Shaped(raw=raw, fate=replace(fate, **more), after=after)  # type: ignore[arg-type]


def mail(head: Sequence[str | bytes], body: str | bytes = b"", *, eol: bytes = b"\r\n") -> bytes:
    """Header lines and a body; line breaks within the body become these too."""
    lines = [line.encode() if isinstance(line, str) else line for line in head]
    content = body.encode() if isinstance(body, str) else body
    lines += [b"", *content.replace(b"\r\n", b"\n").split(b"\n")]
    return eol.join(lines) + eol


def text_head(charset: str = "utf-8", encoding: str = "8bit", kind: str = "plain") -> list[str]:
    """The lines that say how a text is written."""
    return [
        "MIME-Version: 1.0",
        f"Content-Type: text/{kind}; charset={charset}",
        f"Content-Transfer-Encoding: {encoding}",
    ]


def multipart(kind: str, boundary: str, *parts: str, more: str = "") -> tuple[list[str], str]:
    """The header lines of a multipart and its body."""
    pieces = "".join(f"--{boundary}\n{part.rstrip()}\n" for part in parts)
    head = ["MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}']
    return head, f"{pieces}--{boundary}--\n"


def part(kind: str, content: str, *lines: str) -> str:
    """One part of a multipart."""
    return "\n".join([f"Content-Type: {kind}", *lines, "", content])
