"""Jira's words and people in our own: statuses, priorities, and who is an agent."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author
from tickets.domain.words import AuthorKind, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolMap

_OPEN: Final = (Status.OPEN, "")
_SOLVED: Final = (Status.SOLVED, "")
_OURS: Final = (Status.WAITING, WaitCause.INTERNAL)
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "open": _OPEN,
        "to_do": _OPEN,
        "reopened": _OPEN,
        "in_progress": _OPEN,
        "work_in_progress": _OPEN,
        "escalated": _OPEN,
        "waiting_for_support": _OPEN,
        "waiting_for_customer": (Status.WAITING, WaitCause.CUSTOMER),
        "waiting_for_third_party": (Status.WAITING, WaitCause.THIRD_PARTY),
        "waiting_for_approval": _OURS,
        "pending": _OURS,
        "resolved": _SOLVED,
        "closed": _SOLVED,
        "done": _SOLVED,
        "canceled": _SOLVED,
        "cancelled": _SOLVED,
        "declined": _SOLVED,
    }
)
# For a status with a name of its own: what is not done is open, never a pause.
_CATEGORIES: Final = {"new": "open", "indeterminate": "open", "done": "done"}
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "highest": Severity.S1,
        "blocker": Severity.S1,
        "critical": Severity.S1,
        "high": Severity.S2,
        "major": Severity.S2,
        "medium": Severity.S3,
        "low": Severity.S4,
        "lowest": Severity.S4,
        "minor": Severity.S4,
        "trivial": Severity.S4,
    }
)


def plain_status(word: str, fields: Fields | None, words: ToolMap) -> str:
    """Their word, or that of its category when the word has no meaning here."""
    if records.status_of(word, STATUSES, words) is not None or fields is None:
        return word
    stands = fields.optional_fields("status")
    category = stands.optional_fields("statusCategory") if stands else None
    if stands is None or category is None or name_of(stands) != word:
        return word
    return _CATEGORIES.get(category.optional_text("key") or "", word)


def name_of(thing: Fields | None) -> str | None:
    """The name of a status or priority."""
    return thing.optional_text("name") if thing else None


def author_of(person: Fields | None, kind: AuthorKind) -> Author:
    """A person as the author of something; many show neither name nor address."""
    if person is None:
        return Author(kind=kind)
    return Author(
        kind=kind,
        email=person.address("emailAddress"),
        name=one_line(person.long_text("displayName"), records.NAME),
    )


def is_agent(person: Fields, words: ToolMap) -> bool:
    """Whether an account is on the source's list of people of ours."""
    return records.is_listed(
        words.agents, person.optional_key("accountId"), person.address("emailAddress")
    )


def is_machine(person: Fields, words: ToolMap) -> bool:
    """Whether an account is on the source's list of machines."""
    return records.is_listed(words.bots, person.optional_key("accountId"))


def kind_of(person: Fields, reporter: Fields | None, words: ToolMap) -> AuthorKind:
    """Who an account is: a customer may have one of the same type as an agent."""
    number, account = person.optional_key("accountId"), person.optional_text("accountType")
    if account == "app" or is_machine(person, words):
        return AuthorKind.BOT
    if is_agent(person, words):
        return AuthorKind.AGENT
    asked = reporter.optional_key("accountId") if reporter else None
    return kind_by_number(number, asked, words, is_customer=account == "customer")


def kind_by_number(
    number: str | None, reporter: str | None, words: ToolMap, *, is_customer: bool = False
) -> AuthorKind:
    """The same of an account that is on no list: only its number is known."""
    number = number or ""
    # Who is not on a list of all agents is none.
    if is_customer or number.startswith("qm:") or (number and number == reporter) or words.agents:
        return AuthorKind.CUSTOMER
    return AuthorKind.AGENT
