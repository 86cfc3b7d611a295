"""What people's corrections weigh when severity is learnt: newest first, no voice too loud."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tickets.domain.words import Severity

CORRECTED_WEIGHT = 3.0
CONFIRMED_WEIGHT = 0.3
MOST_PER_CUSTOMER = 20
MOST_PER_TICKET = 3
# Bound the time and the memory of a training.
MOST_CORRECTED = 500
MOST_CONFIRMED = 250


class CorrectionMode(StrEnum):
    """What a person said of the verdict on a ticket."""

    MISJUDGED = "misjudged"
    GOT_WORSE = "got_worse"
    IS_OVER = "is_over"
    CONFIRMED = "confirmed"


# What became of it afterwards: it says nothing about the verdict.
CHANGED_LATER = frozenset({CorrectionMode.GOT_WORSE, CorrectionMode.IS_OVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One correction or confirmation: of which text, of whose ticket, and what is right."""

    ticket_id: int
    message_id: int
    customer_id: int | None
    mode: CorrectionMode
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A text, its severity, and what that weighs in training."""

    message_id: int
    severity: Severity
    weight: float


def choose_evidence(newest_first: Iterable[Evidence]) -> list[Counted]:
    """What counts: of each text the last word, within the bounds; what changed later never does.

    Corrections and confirmations are bounded apart from each other, so that many weak ones
    do not push out the strong. A ticket without a customer is bounded on its own.
    """
    seen: set[int] = set()
    per_ticket: Counter[tuple[bool, int]] = Counter()
    per_customer: Counter[tuple[bool, int | None, int]] = Counter()
    per_mode: Counter[bool] = Counter()
    counted: list[Counted] = []
    for each in newest_first:
        if each.mode in CHANGED_LATER or each.message_id in seen:
            continue
        seen.add(each.message_id)
        strong = each.mode is CorrectionMode.MISJUDGED
        ticket = (strong, each.ticket_id)
        whose = (strong, each.customer_id, 0 if each.customer_id is not None else each.ticket_id)
        if (
            per_ticket[ticket] >= MOST_PER_TICKET
            or per_customer[whose] >= MOST_PER_CUSTOMER
            or per_mode[strong] >= (MOST_CORRECTED if strong else MOST_CONFIRMED)
        ):
            continue
        per_ticket[ticket] += 1
        per_customer[whose] += 1
        per_mode[strong] += 1
        counted.append(
            Counted(
                message_id=each.message_id,
                severity=each.severity,
                weight=CORRECTED_WEIGHT if strong else CONFIRMED_WEIGHT,
            )
        )
    return counted
