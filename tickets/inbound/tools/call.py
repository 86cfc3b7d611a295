"""One call of a tool's webhook as it came to the door, and what the door makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from tickets.domain.words import Severity, Status


class ToolCredential(StrEnum):
    """What one line of a source's secrets is for a tool, and which of the two sides makes it."""

    KEY = "key"  # a signing key that the tool makes: copied from its pages into ours
    SHARED = "shared"  # a signing key that we make: copied from our page into the tool's
    BASIC = "basic"  # user:password that we make; the tool signs nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """The raw bytes of a call; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A call that its source proved; the id is the same over all its retries.

    `signed_at` is the instant (UTC) that stands under the signature, None when none does.
    """

    delivery_id: str
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolMap:
    """What an operator may say of one source; keys of the tables are plain words.

    `statuses` and `severities` overrule the tool's own tables. `agents` are ids or e-mail addresses
    of people of ours, where the tool cannot tell; `bots` those of machines, our own API account
    among them, so that what we wrote into the tool does not come back as news.
    """

    statuses: Mapping[str, tuple[Status, str]] = field(default_factory=lambda: MappingProxyType({}))
    severities: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}))
    agents: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """What a tool wants to hear at once when the address is entered; nothing of it is kept."""

    body: bytes
    content_type: str = "text/plain"
