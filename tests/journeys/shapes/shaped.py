"""One mail and its fate, and the list of shapes that the modules beside this one fill."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the writer makes shaped mails
    from tests.journeys.shapes.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What must become of a mail: `ticket` is the label of the ticket that it opens or joins.

    Of a quarantined mail nothing else is known. `says` stands in its text.
    """

    outcome: str
    kind: str | None = "human"
    sender: str | None = None
    subject: str | None = None
    ticket: str | None = None
    attachments: int = 0
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """One mail: `after` is the place of the mail that must have been understood before it.

    `mailbox` names the one of ours that it is sent to.
    """

    raw: bytes
    fate: Fate
    after: int | None = None
    mailbox: str = "support"
    shape: str = ""

    def addressed(self, reference: Mapping[str, str], plus_address: Mapping[str, str]) -> bytes:
        """The bytes with the names that only we give, by label: `SIVO-1042`, signed addresses."""
        raw = self.raw
        for marks, names in ((_REFERENCE, reference), (_ADDRESS, plus_address)):
            head, found, rest = raw.partition(marks[0])
            if found:
                label, _, rest = rest.partition(marks[1])
                raw = head + names[label.decode()].encode() + rest
        return raw


_REFERENCE = (b"{{reference of ", b"}}")
_ADDRESS = (b"{{address of ", b"}}")


def reference_of(label: str) -> str:
    """Stands in a mail for the reference of a ticket, until it has one."""
    return f"{{{{reference of {label}}}}}"


def address_of(label: str) -> str:
    """Stands in a mail for the signed address of a ticket, until it has one."""
    return f"{{{{address of {label}}}}}"


@dataclass(slots=True)
class Talk:
    """A ticket as the world outside knows it: who takes part, and the ids of its mails.

    `is_named`: other mails name it. `is_doubtful`: a stranger's mail has an id of it too.
    """

    label: str
    person: "Person"
    subject: str
    known: list[tuple[str, int]] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)
    is_named: bool = False
    is_doubtful: bool = False

    @property
    def last(self) -> int:
        """The place of its latest mail that others answer."""
        return max(place for _, place in (*self.known, *self.answers))


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes; people of one company have one domain."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.address.rpartition("@")[2]


# A shape that needs something which has not been written yet gives None and is tried later.
Shape = Callable[["Writer"], Shaped | None]
SHAPES: dict[str, Shape] = {}


def shape(write: Shape) -> Shape:
    """Adds a shape under the name of its function."""
    SHAPES[write.__name__] = write
    return write
