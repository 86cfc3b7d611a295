"""The labelling rules as a table, first match wins: what is broken, for whom, what way round."""

from collections.abc import Callable
from dataclasses import dataclass

from tickets.domain.severity.events import Event
from tickets.domain.severity.heard import FAILURES
from tickets.domain.severity.reading import Reading
from tickets.domain.words import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: its severity when it holds, and how sure of it the table is (0 to 1)."""

    id: str
    severity: Severity
    confidence: float
    holds: Callable[[Reading], bool]


def decide(reading: Reading) -> Rule:
    """The first rule that holds; the last one always does."""
    return next(rule for rule in RULES if rule.holds(reading))


def is_core_total(event: Event, reading: Reading) -> bool:
    """A core function unusable for the whole reporting party (labelling rule 3)."""
    stressed = event.signal == "trouble" and event.stressed
    if event.signal not in ("outage", "failure", "drop") and not stressed:
        return False
    if reading.heard("others_fine"):
        return False
    reaches = event.extent == "all" or (event.extent == "one" and reading.heard("solo"))
    if not reaches:
        return False
    if event.topic == "ai":
        return reading.heard("only_answerer")
    if event.topic == "api":
        return reading.heard("carries_calls")
    return event.topic == "core"


def core_total(reading: Reading) -> bool:
    """Whether any failure is a total one of a core function."""
    return any(is_core_total(event, reading) for event in reading.events)


def has_workaround(reading: Reading) -> bool:
    """Whether a working alternative is in use: what is said last about one holds."""
    said = [hit for hit in reading.hits if hit.live]
    working = max((hit.start for hit in said if hit.signal == "workaround"), default=-1)
    failed = max((hit.start for hit in said if hit.signal == "no_workaround"), default=-1)
    return working > failed


_UNDOES = FAILURES | {"contrast"}


def closes_with_workaround(reading: Reading) -> bool:
    """Whether the last sentence says that a working alternative is in use."""
    return has_workaround(reading) and _last_start(reading, "workaround") >= 0


def closes_restored(reading: Reading) -> bool:
    """Whether the last sentence says that it works again, and nothing fails after it."""
    restored = _last_start(reading, "restored")
    return restored >= 0 and not any(
        hit.live and hit.signal in _UNDOES and hit.start > restored for hit in reading.hits
    )


def _last_start(reading: Reading, signal: str) -> int:
    """Where a signal stands that counts, in the last sentence; -1 when none does."""
    return max(
        (
            hit.start
            for hit in reading.hits
            if hit.signal == signal and hit.live and hit.sentence == reading.last_sentence
        ),
        default=-1,
    )


def _topics(reading: Reading, *signals: str) -> set[str | None]:
    return {event.topic for event in reading.events if not signals or event.signal in signals}


def _harmless(reading: Reading) -> bool:
    return reading.heard("harmless")


def _mild(reading: Reading) -> bool:
    """Not pressing, say the words; mere politeness when a core function is hit."""
    return reading.heard("harmless", "mild") and not _topics(reading) & {"core", "ai", "api"}


def _small_unsaid(reading: Reading) -> bool:
    return reading.heard("minor") and not _calm(reading)


def _has_events(reading: Reading) -> bool:
    return bool(reading.events)


def _only_asks_for_access(reading: Reading) -> bool:
    return reading.heard("provision") and not any(
        event.signal == "outage" and event.extent == "all" for event in reading.events
    )


def _only_asks_how(reading: Reading) -> bool:
    """A question with a passing "I couldn't find it": nothing is said to have failed."""
    return reading.heard("question") and all(
        event.signal == "trouble" and event.topic not in ("core", "ai", "api")
        for event in reading.events
    )


def _only_small(reading: Reading) -> bool:
    """Every failure is a flaw in what is shown or printed, or in a bill."""
    return all(
        event.topic in ("minor", "bill") or event.signal == "wrong" for event in reading.events
    )


def _wish_about_small(reading: Reading) -> bool:
    return reading.heard("wish") and not any(
        event.topic in ("core", "ai", "api") for event in reading.events
    )


_CALM = frozenset({
    "question", "request", "wish", "provision", "past", "hypothetical", "planned", "resolved", "if",
    "past_failure",
})  # fmt: skip


def _calm(reading: Reading) -> bool:
    """It asks, wishes, plans, supposes, looks back: nothing is wrong now (labelling rule 2)."""
    if reading.heard("ask") and not reading.mentioned("fix"):
        return True
    return reading.asks or any(
        hit.signal in _CALM and hit.why_not not in ("still", "denied") for hit in reading.hits
    )


_ASKING = frozenset(
    {"question", "request", "wish", "provision", "hypothetical", "planned", "resolved"}
)


def _asks_or_wishes(reading: Reading) -> bool:
    """Whether it wants something other than a repair; mere politeness does not count."""
    return reading.asks or reading.heard(*_ASKING)


def _only_thanks(reading: Reading) -> bool:
    return reading.heard("thanks") and not reading.heard("part", "workaround", "no_workaround")


def _irregular(reading: Reading) -> bool:
    """Something happens to some, or at times, or is got round, in words that we do not know."""
    return reading.heard("part", "workaround")


S1, S2, S3, S4 = Severity.S1, Severity.S2, Severity.S3, Severity.S4

RULES: tuple[Rule, ...] = (
    Rule("exposure_or_fraud_now", S1, 0.9, lambda r: r.heard("security")),
    Rule("core_down_harmless", S3, 0.6, lambda r: core_total(r) and _harmless(r)),
    Rule("core_down_alternative", S2, 0.85,
         lambda r: core_total(r) and has_workaround(r)),
    Rule("core_down", S1, 0.85, core_total),
    Rule("access_request", S4, 0.8,
         lambda r: _has_events(r) and _only_asks_for_access(r)),
    Rule("how_to", S4, 0.75, lambda r: _has_events(r) and _only_asks_how(r)),
    Rule("wish", S4, 0.75, lambda r: _has_events(r) and _wish_about_small(r)),
    Rule("recording_required_by_law", S2, 0.85,
         lambda r: r.heard("legal") and "aux" in _topics(r, "failure", "partial", "outage")),
    Rule("harmless", S3, 0.85, lambda r: _has_events(r) and (_harmless(r) or _mild(r))),
    Rule("small_with_cost", S2, 0.7,
         lambda r: _has_events(r) and _only_small(r) and r.heard("impact")),
    Rule("small", S3, 0.85, lambda r: _has_events(r) and _only_small(r)),
    Rule("core_degraded", S2, 0.8, lambda r: bool(_topics(r) & {"core", "ai", "api"})),
    Rule("daily_function_down", S2, 0.8, lambda r: "aux" in _topics(r)),
    Rule("unnamed_failure", S2, 0.5, _has_events),
    Rule("harmless_defect", S3, 0.7, lambda r: _harmless(r) and not _asks_or_wishes(r)),
    Rule("impact_only", S2, 0.45, lambda r: r.heard("impact")),
    Rule("bill_disputed", S3, 0.6, lambda r: r.heard("bill") and r.heard("fix")),
    Rule("small_unsaid", S3, 0.5, _small_unsaid),
    Rule("bill_unsaid", S3, 0.6, lambda r: r.heard("bill") and not _calm(r)),
    Rule("harmless_unsaid", S3, 0.5, lambda r: _harmless(r) and not _calm(r)),
    Rule("irregular", S2, 0.5, lambda r: _irregular(r) and not _calm(r)),
    Rule("cry_for_help", S2, 0.4,
         lambda r: r.heard("fix") and r.heard("core", "people") and not r.asks),
    Rule("nothing_wrong_now", S4, 0.85, lambda r: _calm(r) and _asks_or_wishes(r)),
    Rule("calm_words", S4, 0.5, _calm),
    Rule("thanks", S4, 0.7, _only_thanks),
    Rule("working", S4, 0.6, lambda r: r.heard("ok", "denial")),
    Rule("no_signal", S3, 0.35, lambda _: True),
)  # fmt: skip
