"""The sample world's words: people, conversations and scenes, read from the files beside this."""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
QUEUES = ("Ventas", "Soporte", "Citas", "Cobros", "Billing", "Sales")
CARRIERS = ("Zadarma", "Twilio", "Bandwidth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One exchange: `more` and `final` are the second round, empty when there is none."""

    subject: str
    text: str
    answer: str = ""
    more: str = ""
    final: str = ""

    def filled(self, rng: random.Random) -> "Conversation":
        """With an extension, a queue, a carrier and a number in place of the marks."""
        words = {
            "extension": str(rng.randint(201, 289)),
            "queue": rng.choice(QUEUES),
            "carrier": rng.choice(CARRIERS),
            "number": str(rng.randint(23, 940)),
        }
        return Conversation(
            subject=self.subject.format_map(words),
            text=self.text.format_map(words),
            answer=self.answer.format_map(words),
            more=self.more.format_map(words),
            final=self.final.format_map(words),
        )


@lru_cache
def conversations(language: str) -> tuple[Conversation, ...]:
    """All of one language, "es" or "en"."""
    return tuple(
        Conversation(**entry) for entry in _read(f"conversations_{language}.toml")["conversation"]
    )


@lru_cache
def scenes() -> Mapping[str, Mapping[str, str]]:
    """The texts of each scene by name."""
    return _read("scenes.toml")


def people() -> Mapping[str, Any]:
    """Staff and customers."""
    return _read("people.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
