"""What would have made a message more or less severe: it is judged again with a sentence more."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tickets.domain.severity.cleaning import newest_message
from tickets.domain.severity.verdict import Classifier, Verdict
from tickets.domain.words import Severity

_WORSE = "nobody"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One sentence (`code` names it) and the severity that it would have led to."""

    code: str
    sentence: str
    severity: Severity


def what_if(
    *, classify: Classifier, channel: str, subject: str, body: str, verdict: Verdict
) -> tuple[WhatIf, ...]:
    """The sentences that would change the severity; takes five judgements, a few milliseconds.

    Empty when the classifier says something else today than the verdict did: what it would
    answer to more explains nothing then. A language without sentences is asked in English.
    """
    said = newest_message(body, subject=subject)

    def judged(text: str) -> Severity:
        return classify(channel=channel, subject=subject, body=text).severity

    if judged(said) is not verdict.severity:
        return ()
    sentences = _sentences()
    found = (
        WhatIf(code, sentence, judged(f"{said}\n\n{sentence}"))
        for code, sentence in sentences.get(verdict.language, sentences["en"]).items()
    )
    return tuple(each for each in found if _is_plausible(each, verdict.severity))


def _is_plausible(found: WhatIf, present: Severity) -> bool:
    """Whether it changes the severity, and in the direction that its sentence means."""
    change = found.severity.rank - present.rank
    return change < 0 if found.code == _WORSE else change > 0


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    tables: Mapping[str, Mapping[str, str]] = tomllib.loads(
        (files(__package__) / "what_if.toml").read_text("utf-8")
    )
    return tables
