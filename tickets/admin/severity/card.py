"""Why a ticket is as severe as it is: what decided, in words, and what would have changed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tickets.admin.labels import SEVERITY_NAMES
from tickets.admin.severity.highlight import Heard
from tickets.admin.severity.triage_words import Stated, stated_of, triage_words
from tickets.admin.severity.words import reason_words, split_signal, what_if_words
from tickets.domain.severity import Verdict, classify
from tickets.domain.severity.what_if import what_if
from tickets.domain.severity_log import SeverityReading, decided_by, read_severity
from tickets.domain.words import EventKind, Severity, SeverityBy
from tickets.models import Ticket, Triage
from tickets.operations.severity.models import weights_in_use
from tickets.queries import log_of, told_at, verdict_behind

_REASONS = 6
_NAMED = 3
_LEAST_WEIGHT = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """One signal in words; `share` is its weight in percent of the heaviest one."""

    words: str
    text: str
    weight: float
    share: int
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfView:
    """What the severity would have been, and under which condition."""

    severity: Severity
    is_worse: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChoice:
    """One severity as a button: in force, and more severe than what is."""

    severity: Severity
    name: str | Promise
    is_now: bool
    is_worse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityCard:
    """All that the card says; `triage` is the verdict that is explained, None when none is kept.

    `marks` are the words to mark, by message; `counting` the facts that made the severity.
    """

    by: SeverityBy
    raised_at: datetime | None
    triage: Triage | None
    sentence: str
    percent: int | None
    reasons: Sequence[ReasonView]
    looks: Sequence[str]
    changes: Sequence[WhatIfView]
    stated: Sequence[Stated]
    choices: Sequence[SeverityChoice]
    marks: dict[int, list[Heard]]
    counting: frozenset[str]


def severity_card(ticket: Ticket) -> SeverityCard:
    """The card of a ticket, in two queries; judges five times more, which takes milliseconds."""
    reading = read_severity(log_of(ticket))
    triages = list(ticket.triages.select_related("message"))
    triage = _deciding(triages, reading)
    last = reading.changes[-1] if reading.changes else None
    raised = last is not None and decided_by(last) is SeverityBy.RULES
    shown = _shown(triages, triage, reading)
    return SeverityCard(
        by=reading.by,
        raised_at=last.at if last is not None and raised else None,
        triage=triage,
        sentence=_sentence(triage) if triage else "",
        percent=round(triage.confidence * 100) if triage else None,
        reasons=_reasons(triage) if triage else [],
        looks=triage_words(ticket, reading, triage) if ticket.needs_triage else [],
        changes=_what_if(triage, is_later=triage is not min(triages, key=told_at, default=None))
        if triage
        else [],
        stated=stated_of(ticket),
        choices=[
            SeverityChoice(
                severity=severity,
                name=SEVERITY_NAMES[severity],
                is_now=severity == ticket.severity,
                is_worse=severity.rank < Severity(ticket.severity).rank,
            )
            for severity in Severity
        ],
        marks={each.message_id: _heard(each) for each in shown if each.message_id is not None},
        counting=frozenset(fact.key for fact in reading.changes),
    )


def _deciding(triages: Sequence[Triage], reading: SeverityReading) -> Triage | None:
    """The verdict behind the severity: on the message that raised it last, else on the first.

    Where the rules did not decide, what they heard since and nobody has looked at comes first.
    """
    if reading.by is not SeverityBy.RULES:
        doubted = _of_doubts(triages, reading)
        if doubted:
            return doubted[0]
    return verdict_behind(triages, reading)


def _shown(
    triages: Sequence[Triage], deciding: Triage | None, reading: SeverityReading
) -> list[Triage]:
    """The verdicts whose words are marked: what decided, and what nobody has looked at."""
    doubted = [each for each in _of_doubts(triages, reading) if each is not deciding]
    return [*([deciding] if deciding else []), *doubted]


def _of_doubts(triages: Sequence[Triage], reading: SeverityReading) -> list[Triage]:
    """The verdicts on messages that sounded more severe and were not looked at, newest first."""
    doubted = {fact.at for fact, _ in reading.doubts if fact.kind is EventKind.CUSTOMER_WROTE}
    found = [each for each in triages if each.message is not None and each.message.at in doubted]
    return sorted(found, key=told_at, reverse=True)


def _heard(triage: Triage) -> list[Heard]:
    return [
        Heard(str(reason.get("signal", "")), str(reason.get("text", "")))
        for reason in triage.reasons
    ]


def _reasons(triage: Triage) -> list[ReasonView]:
    weighed = [(each, float(each.get("weight", 0))) for each in triage.reasons]
    heaviest = sorted(
        (pair for pair in weighed if abs(pair[1]) >= _LEAST_WEIGHT), key=lambda pair: -abs(pair[1])
    )[:_REASONS]
    most = max((abs(weight) for _, weight in heaviest), default=1.0)
    return [
        ReasonView(
            words=reason_words(str(each.get("signal", ""))),
            text=str(each.get("text", "")),
            weight=weight,
            share=round(100 * abs(weight) / most),
            counts=not split_signal(str(each.get("signal", "")))[1],
        )
        for each, weight in heaviest
    ]


def _sentence(triage: Triage) -> str:
    names = list(dict.fromkeys(each.words for each in _reasons(triage) if each.counts))[:_NAMED]
    if not names:
        return ""
    return _("Read as %(severity)s (%(name)s), because of: %(signals)s.") % {
        "severity": triage.severity,
        "name": SEVERITY_NAMES.get(triage.severity, ""),
        "signals": ", ".join(names),
    }


def _what_if(triage: Triage, *, is_later: bool) -> list[WhatIfView]:
    message = triage.message
    if message is None or message.erased_at is not None:
        return []
    verdict = Verdict(
        severity=Severity(triage.severity),
        confidence=triage.confidence,
        needs_triage=triage.needs_triage,
        language=triage.language,
        reasons=(),
        version=triage.version,
    )
    found = what_if(
        # By what judges today: where it has learnt since, the present verdict explains nothing.
        classify=partial(classify, weights=weights_in_use()),
        channel=message.channel,
        # As it was judged: a later message without the old subject and the quotes.
        subject="" if is_later else message.subject,
        body=(message.reply if is_later else "") or message.body,
        verdict=verdict,
    )
    return [
        WhatIfView(
            severity=each.severity,
            is_worse=each.severity.rank < verdict.severity.rank,
            words=what_if_words(each.code),
        )
        for each in found
    ]
