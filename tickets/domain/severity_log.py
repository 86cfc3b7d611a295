"""What a log says of the severity: a pure reading, whatever order the facts arrived in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tickets.domain.facts import Fact, in_order
from tickets.domain.words import EventKind, Severity, SeverityBy

SEVERE = frozenset({Severity.S1, Severity.S2})
# In the details of a change: that a tag said it, and not the priority.
BY_TAG = "by_tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A message of the customer's that raises the severity from its own moment."""

    wrote: Fact
    before: Severity
    to: Severity


@dataclass(slots=True, kw_only=True)
class SeverityReading:
    """The severity in force and who decided it.

    `changes` are the facts that count, each as it follows the one before, `unwritten` the raises
    that have no fact of their own yet, `doubts` what sounded more severe and no person has looked
    at since: the newest last.
    """

    severity: Severity = Severity.S3
    by: SeverityBy = SeverityBy.RULES
    changes: list[Fact] = field(default_factory=list)
    unwritten: list[Raise] = field(default_factory=list)
    doubts: list[tuple[Fact, Severity]] = field(default_factory=list)
    # The source's newest priority, whether it counted or not.
    stated: Severity | None = None

    @property
    def doubt(self) -> Severity | None:
        """The most severe of what was heard and not looked at; None when there is nothing."""
        return min((heard for _, heard in self.doubts), default=None)


def read_severity(facts: Iterable[Fact]) -> SeverityReading:
    """Replays the log. A person's choice stands until a person changes it."""
    reading = SeverityReading()
    opened: Fact | None = None
    heard: list[tuple[Fact, Severity]] = []
    looks: list[Fact] = []
    for fact in in_order(facts):
        match fact.kind:
            case EventKind.OPENED if opened is None:
                opened = fact
                if not reading.changes:
                    reading.severity = Severity(fact.details["severity"])
            case EventKind.SEVERITY_CHANGED if not _is_repeated(reading, fact):
                _change(reading, fact, heard, opened)
            case EventKind.CUSTOMER_WROTE if opened is not None and "sounds" in fact.details:
                _hear(reading, fact, heard)
        if _is_look(fact):
            looks.append(fact)
    reading.doubts = [
        (fact, severity)
        for fact, severity in heard
        if severity.rank < reading.severity.rank and not _was_seen(fact, looks)
    ]
    return reading


def decided_by(fact: Fact) -> SeverityBy:
    """Who made a change of severity."""
    return SeverityBy(fact.details.get("by", SeverityBy.PERSON))


def _is_repeated(reading: SeverityReading, fact: Fact) -> bool:
    """Whether a source says its priority again: some tools do, with whatever happens there.

    A tag that comes back is no repetition, unless it changes nothing.
    """
    if decided_by(fact) is not SeverityBy.SOURCE:
        return False
    to = Severity(fact.details["to"])
    if fact.details.get(BY_TAG):
        return reading.by is SeverityBy.SOURCE and reading.severity is to
    is_repeated = reading.stated is to
    reading.stated = to
    return is_repeated


def _change(
    reading: SeverityReading,
    fact: Fact,
    heard: list[tuple[Fact, Severity]],
    opened: Fact | None,
) -> None:
    to, by = Severity(fact.details["to"]), decided_by(fact)
    if by is SeverityBy.RULES:
        # Its message brings the doubt when it does not count.
        counts = _may_raise(reading, to)
    else:
        counts = by is SeverityBy.PERSON or reading.by is not SeverityBy.PERSON
        if not counts:
            heard.append((fact, to))
    if counts:
        if by is SeverityBy.SOURCE and opened is not None:
            fact = _in_its_place(fact, reading.severity, got_worse=fact.at > opened.at)
        reading.severity = to
        reading.changes.append(fact)
        if by is not SeverityBy.RULES:
            reading.by = by


def _in_its_place(fact: Fact, before: Severity, *, got_worse: bool) -> Fact:
    """A source's word as it follows the ones before it, some of which may have come later."""
    is_raise = Severity(fact.details["to"]).rank < before.rank
    mode = "got_worse" if is_raise and got_worse else "misjudged"
    return replace(fact, details={**fact.details, "from": before.value, "mode": mode})


def _hear(reading: SeverityReading, fact: Fact, heard: list[tuple[Fact, Severity]]) -> None:
    to = Severity(fact.details["sounds"])
    heard.append((fact, to))
    if fact.details.get("sure") and _may_raise(reading, to):
        reading.unwritten.append(Raise(wrote=fact, before=reading.severity, to=to))
        reading.severity = to


def _may_raise(reading: SeverityReading, to: Severity) -> bool:
    return reading.by is SeverityBy.RULES and to.rank < reading.severity.rank


def _is_look(fact: Fact) -> bool:
    """Whether a person looked at the severity: changed it, or said that it is right."""
    if fact.kind is EventKind.SEVERITY_CHANGED:
        return decided_by(fact) is SeverityBy.PERSON
    return fact.kind is EventKind.CUSTOMER_SET and fact.details.get("from") == fact.details.get(
        "to"
    )


def _was_seen(fact: Fact, looks: Sequence[Fact]) -> bool:
    """Whether somebody looked afterwards who could know of it: ids grow with what is learnt."""
    return any(look.at >= fact.at and int(look.key) > int(fact.key) for look in looks)
