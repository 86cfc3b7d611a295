"""Learning from corrections: a candidate is made, measured, and put into use or refused."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Left

from tickets.domain.severity import Weights, classify
from tickets.domain.severity.cases import Case, regression_cases, shipped_cases
from tickets.domain.severity.training import train
from tickets.domain.severity.weights import shipped, unpack
from tickets.domain.severity_evidence import (
    CHANGED_LATER,
    CorrectionMode,
    Counted,
    Evidence,
    choose_evidence,
)
from tickets.domain.severity_score import (
    Judged,
    lost_s1,
    score_of,
    scores_by_language,
    why_refused,
)
from tickets.domain.words import EventKind, Severity, Status
from tickets.models import (
    Message,
    ModelState,
    SeverityCorrection,
    SeverityModel,
    SeverityModelChange,
    TicketEvent,
)
from tickets.models.advisory import alone, hold_until_commit
from tickets.operations.severity.models import (
    IN_USE,
    put_into_use,
    version_in_use,
    weights_in_use,
)

logger = logging.getLogger(__name__)

_TRAINING = "tickets.retrain_severity"
# A verdict reads no more of a text.
_LONGEST_TEXT = 64_000
# More corrections than this are not even read: the newest count.
_MOST_READ = 5_000
# Of their weight, tried one after the other: the most that the gate admits is learnt.
_SHARES = (1.0, 1 / 3, 1 / 6)


class Outcome(StrEnum):
    """What became of a training."""

    BUSY = "busy"
    NOTHING_NEW = "nothing_new"
    UNCHANGED = "unchanged"
    OVERTAKEN = "overtaken"
    REFUSED = "refused"
    KEPT = "kept"
    ACTIVATED = "activated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """How a training ended; `scores` before and after, on the regression set."""

    outcome: Outcome
    version: str = ""
    cases: int = 0
    corrections: int = 0
    refusal: str = ""
    scores: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """New weights, and what they were made of."""

    text: str
    weights: Weights
    cases: int
    corrections: int
    last_correction_id: int


def retrain_severity(*, now: datetime) -> Retrained:
    """Makes new weights from the shipped cases and the corrections, and lets them judge if better.

    Nothing changes when there is no new correction, when the gate refuses, or when another
    training runs. Takes seconds, and no lock that the intake waits for.
    """
    with alone(_TRAINING) as taken:
        if not taken:
            return Retrained(outcome=Outcome.BUSY)
        newest = evidence_rows().aggregate(newest=Max("pk"))["newest"]
        if newest is None or _is_known(newest):
            return Retrained(outcome=Outcome.NOTHING_NEW)
        before = version_in_use()
        candidates = (_make(newest, share=share) for share in _SHARES)
        return _best(candidates, before=before, now=now)


def evidence_rows() -> QuerySet[SeverityCorrection]:
    """What can be learnt from: its text is still here, and it was said of the verdict."""
    return SeverityCorrection.objects.filter(
        message__isnull=False, message__erased_at__isnull=True
    ).exclude(mode__in=CHANGED_LATER)


def _is_known(newest: int) -> bool:
    """Whether the last training, whatever became of it, has seen the newest correction."""
    last = SeverityModel.objects.order_by("-made_at", "-pk").first()
    return last is not None and last.base == shipped().version and last.last_correction_id >= newest


def _make(newest: int, *, share: float) -> _Candidate:
    rows = evidence_rows().exclude(ticket__status=Status.SPAM).order_by("-at", "-pk")
    counted = choose_evidence(
        Evidence(
            ticket_id=ticket_id,
            message_id=message_id,
            customer_id=customer_id,
            mode=CorrectionMode(mode),
            severity=Severity(severity),
        )
        for ticket_id, message_id, customer_id, mode, severity in rows.values_list(
            "ticket_id", "message_id", "ticket__customer_id", "mode", "to_severity"
        )[:_MOST_READ]
    )
    learnt = _cases_of(counted, share)
    cases = [*shipped_cases(), *learnt]
    text = train(cases)
    return _Candidate(
        text=text,
        weights=unpack(text),
        cases=len(cases),
        corrections=len(learnt),
        last_correction_id=newest,
    )


def _cases_of(counted: Sequence[Counted], share: float) -> list[Case]:
    """The texts as they are now and as they were judged: a later message without its subject.

    One that was erased a moment ago teaches nothing; of a huge one the beginning is read.
    """
    ids = [each.message_id for each in counted]
    openings = set(
        TicketEvent.objects.filter(kind=EventKind.OPENED, message__in=ids).values_list(
            "message", flat=True
        )
    )
    texts = {
        pk: (subject, body) if pk in openings else ("", reply or body)
        for pk, subject, body, reply in Message.objects.filter(pk__in=ids).values_list(
            "pk", "subject", Left("body", _LONGEST_TEXT), Left("reply", _LONGEST_TEXT)
        )
    }
    return [
        Case(subject=subject, body=body, severity=each.severity, weight=each.weight * share)
        for each in counted
        for subject, body in [texts.get(each.message_id, ("", ""))]
        if subject.strip() or body.strip()
    ]


def _best(candidates: Iterable[_Candidate], *, before: str, now: datetime) -> Retrained:
    """The first that the gate admits; of none, the last is kept with what speaks against it."""
    cases = regression_cases()
    present = weights_in_use()
    old = _verdicts(cases, present)
    # Else a thousandth each night would be a tenth in a quarter.
    first = old if present is None else _verdicts(cases, None)
    for candidate in candidates:
        version = candidate.weights.version
        known = SeverityModel.objects.filter(version=version).exists()
        if known or version == shipped().version:
            # Also what an operator has put aside: no word has come since that would change it.
            return Retrained(outcome=Outcome.UNCHANGED, version=version)
        new = _verdicts(cases, candidate.weights)
        refusal = why_refused(old, new) or why_refused(first, new)
        if not refusal:
            break
    scores = {"before": _scores(old), "after": _scores(new), "lost_s1": lost_s1(old, new)}
    outcome = _store(candidate, before=before, refusal=refusal, scores=scores, now=now)
    if outcome is Outcome.REFUSED:
        logger.warning("the severity model %s was refused: %s", version, refusal)
    return Retrained(
        outcome=outcome,
        version=version,
        cases=candidate.cases,
        corrections=candidate.corrections,
        refusal=refusal,
        scores=scores,
    )


def _is_taken_back() -> bool:
    """Whether an operator chose last, and chose something older: then nothing learnt replaces it.

    Learning goes on when an operator has the newest model judge.
    """
    last = SeverityModelChange.objects.order_by("-at", "-pk").first()
    if last is None or last.by_id is None:
        return False
    made = SeverityModel.objects.exclude(state=ModelState.REFUSED).filter(made_at__lte=last.at)
    newest = made.order_by("-made_at", "-pk").first()
    return newest is None or newest.version != last.to_version


@transaction.atomic
def _store(
    candidate: _Candidate, *, before: str, refusal: str, scores: Mapping[str, Any], now: datetime
) -> Outcome:
    hold_until_commit(IN_USE)
    if version_in_use() != before:
        # Somebody has chosen meanwhile; measured against what judges now, next time.
        return Outcome.OVERTAKEN
    SeverityModel.objects.create(
        version=candidate.weights.version,
        base=shipped().version,
        weights=candidate.text,
        made_at=now,
        cases=candidate.cases,
        corrections=candidate.corrections,
        last_correction_id=candidate.last_correction_id,
        scores=scores,
        state=ModelState.REFUSED if refusal else ModelState.KEPT,
        refusal=refusal,
    )
    if refusal:
        return Outcome.REFUSED
    if _is_taken_back():
        return Outcome.KEPT
    put_into_use(version=candidate.weights.version, user=None, now=now)
    return Outcome.ACTIVATED


def _verdicts(cases: Sequence[Case], weights: Weights | None) -> list[Judged]:
    return [
        Judged(
            truth=case.severity,
            said=classify(
                channel=case.channel, subject=case.subject, body=case.body, weights=weights
            ).severity,
            language=case.language,
        )
        for case in cases
    ]


def _scores(judged: Sequence[Judged]) -> dict[str, Any]:
    return {
        **score_of(judged).as_dict(),
        "languages": {
            language: score.as_dict() for language, score in scores_by_language(judged).items()
        },
    }
