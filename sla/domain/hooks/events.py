"""From a ticket's log and a clock's ledger to what programs hear of: pure tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.ledger import EntryKind
from sla.domain.clocks.target import Metric
from sla.domain.hooks.limits import HookType
from tickets.domain.facts import Fact, in_order
from tickets.domain.severity_log import decided_by, read_severity
from tickets.domain.words import EventKind

_OF_ENTRY: Final[Mapping[EntryKind, HookType]] = {
    EntryKind.AT_RISK: HookType.WARNED,
    EntryKind.BREACHED: HookType.MISSED,
    EntryKind.CORRECTED: HookType.CORRECTED,
    EntryKind.REOPENED: HookType.CORRECTED,
    EntryKind.VOIDED: HookType.CORRECTED,
    EntryKind.MET: HookType.CORRECTED,
    EntryKind.STOPPED_LATE: HookType.CORRECTED,
}
_OF_FACT: Final[Mapping[EventKind, HookType]] = {
    EventKind.OPENED: HookType.OPENED,
    EventKind.AGENT_REPLIED: HookType.ANSWERED,
    EventKind.SEVERITY_CHANGED: HookType.SEVERITY_CHANGED,
}
# Where a clock stops because of an answer; a resolution that runs again was simply reopened.
_ANSWERS: Final = frozenset({Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a program hears: the type, and what is particular about it (codes only)."""

    type: HookType
    more: Mapping[str, Any]


def told_by_entry(
    kind: EntryKind, metric: Metric, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> Told | None:
    """What an entry of the ledger tells, by the snapshots before and after it; maybe nothing."""
    found = _OF_ENTRY.get(kind)
    if found is not HookType.CORRECTED:
        return Told(type=found, more={}) if found else None
    reason = _correction(kind, metric, before or {}, after)
    if not reason:
        return None
    names = ("state", "due_at", "stopped_at")
    was = {name: (before or {}).get(name) for name in names}
    was["missed_at"] = (before or {}).get("breached_at")
    return Told(type=HookType.CORRECTED, more={"reason": reason, "before": was})


def _correction(
    kind: EntryKind, metric: Metric, before: Mapping[str, Any], after: Mapping[str, Any]
) -> str:
    """Why what was said before no longer holds; empty where it does."""
    if kind is EntryKind.CORRECTED:
        return "miss_withdrawn"
    was_answered = metric in _ANSWERS and before.get("state") == ClockState.STOPPED
    if kind is EntryKind.VOIDED:
        return "target_withdrawn" if was_answered or before.get("breached_at") else ""
    if kind is EntryKind.REOPENED:
        return "answer_withdrawn" if was_answered else ""
    # Told by the entry of its miss already where that changed, too.
    is_same_miss = before.get("breached_at") == after.get("breached_at")
    return "answer_moved" if was_answered and is_same_miss else ""


def told_by_facts(added: Iterable[Fact], facts: Iterable[Fact]) -> list[tuple[Fact, Told]]:
    """What new facts tell, read within their whole log; a fact that does not count tells nothing.

    Of several openings the earliest counts, of an answer that came back none.
    """
    ordered = in_order(facts)
    bounced = {fact.details["of_event"] for fact in ordered if fact.kind is EventKind.REPLY_BOUNCED}
    answers = [f.key for f in ordered if f.kind is EventKind.AGENT_REPLIED and f.key not in bounced]
    openings = [fact.key for fact in ordered if fact.kind is EventKind.OPENED]
    counting = {fact.key for fact in read_severity(ordered).changes}
    found = []
    for fact in in_order(added):
        match _OF_FACT.get(fact.kind):
            case HookType.OPENED if fact.key in openings[:1]:
                by = str(fact.details.get("by", "customer"))
                found.append((fact, Told(type=HookType.OPENED, more={"by": by})))
            case HookType.ANSWERED if fact.key in answers:
                which = "first" if fact.key == answers[0] else "next"
                found.append((fact, Told(type=HookType.ANSWERED, more={"answer": which})))
            case HookType.SEVERITY_CHANGED if fact.key in counting:
                found.append((fact, Told(type=HookType.SEVERITY_CHANGED, more=_change(fact))))
    return found


def kinds_that_tell(types: Iterable[HookType]) -> list[EventKind]:
    """The kinds of facts that tell something of these types."""
    wanted = set(types)
    return [kind for kind, found in _OF_FACT.items() if found in wanted]


def _change(fact: Fact) -> dict[str, Any]:
    return {
        "from": str(fact.details["from"]),
        "to": str(fact.details["to"]),
        "mode": str(fact.details.get("mode", "misjudged")),
        "by": decided_by(fact).value,
        "waits_for_second_person": fact.details.get("contract") == "pending",
    }
