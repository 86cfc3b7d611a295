"""A tool as the set-up pages tell of it: what it needs, and what to click there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise

from tickets.models import SourceKind

ADDRESS: Final = "address"
COMMAND: Final = "command"
USER: Final = "user"
# The secret, where it may be seen; "body:..." is one of the tool's ready-made bodies.
SECRET: Final = "secret"  # noqa: S105  (a name, not a secret)
BODY: Final = "body:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do at the tool; `shows` names what is pasted there."""

    text: Promise | str
    shows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One way in. `credential` names what the tool makes and we must know, "" when we make it.

    `channel` is how its messages travel; `asks` are the fields that it cannot do without.
    """

    kind: SourceKind
    name: Promise | str
    what: Promise | str
    steps: tuple[Step, ...]
    credential: Promise | str = ""
    # What is known of its mailbox beforehand; None: no mailbox is looked into.
    mailbox: Mapping[str, Any] | None = None
    channel: str = "email"
    asks: tuple[str, ...] = ()
