"""Which signals count: not those that are past, asked, supposed, wished, denied or since mended."""

from dataclasses import dataclass

from tickets.domain.severity.heard import FAILURES, Clause, Hit

_PAST_MATTERS = FAILURES | {"workaround", "no_workaround", "impact", "security"}
_ASKED_MATTERS = FAILURES | {"security", "resolved", "restored", "workaround", "impact"}
_FRAMES = frozenset({"hypothetical", "planned", "if", "question"})


def judge_liveness(sentences: list[list[Clause]]) -> None:
    """Marks the hits that do not count: past, asked, supposed, wished, denied or since mended."""
    for members in sentences:
        if any(clause.signals for clause in members):
            _judge_sentence(members)
    _cancel_mended([clause for members in sentences for clause in members])


@dataclass(slots=True)
class _Frame:
    """How the part of a sentence read so far is to be taken."""

    asks: bool
    past: bool = False
    supposed: bool = False
    if_only: bool = False
    questioned: bool = False
    wished: bool = False

    def enter(self, clause: Clause) -> None:
        if not clause.signals:
            self.if_only = False
            return
        if clause.has("past") and not clause.has("present"):
            self.past = True
        elif clause.has("present", "contrast"):
            self.past = False
        self.supposed |= clause.has("hypothetical", "planned")
        self.wished |= clause.has("wish")
        self.if_only = clause.has("if") and not self.supposed
        # "If the line fails, what do we do?": the rest of a question is supposed as well.
        self.supposed |= self.if_only and clause.asked

    def objection(self, hit: Hit, denied_from: int) -> str:
        """Why a hit does not count here; empty when it does."""
        name = hit.signal
        if self.past and name in _PAST_MATTERS:
            return "past"
        if (self.supposed or self.if_only) and name not in _FRAMES:
            return "supposed"
        if (self.questioned and name in _ASKED_MATTERS) or (self.asks and name == "security"):
            return "asked"
        if name in FAILURES and self.wished:
            return "wished"
        return "denied" if name in FAILURES and hit.start > denied_from else ""


def _judge_sentence(members: list[Clause]) -> None:
    insists = any(clause.has("why", "fix") for clause in members)
    asks = members[0].asked and any(clause.has("question") for clause in members)
    frame = _Frame(asks=asks and not insists)
    for clause in members:
        frame.enter(clause)
        denied_from = min(
            (hit.start for hit in clause.hits if hit.signal == "denial"), default=clause.end
        )
        for index, hit in enumerate(clause.hits):
            frame.questioned |= hit.signal == "question" and not insists
            if hit.signal == "past" and clause.has("present"):
                clause.hits[index] = hit._replace(live=False, why_not="still")
            elif hit.live and hit.signal not in ("past", "present", "urgency"):
                reason = frame.objection(hit, denied_from)
                if reason:
                    clause.hits[index] = hit._replace(live=False, why_not=reason)


def _cancel_mended(clauses: list[Clause]) -> None:
    """A working state reported last ends the failures told before it, and those told as past."""
    mended_at = max(
        (hit.start for clause in clauses for hit in clause.hits
         if hit.signal == "resolved" and hit.live and not clause.asked),
        default=None,
    )  # fmt: skip
    if mended_at is None:
        return
    for clause in clauses:
        for index, hit in enumerate(clause.hits):
            if (
                hit.signal in FAILURES | {"impact", "security"}
                and hit.live
                and hit.start < mended_at
            ):
                clause.hits[index] = hit._replace(live=False, why_not="mended")
