"""What a team would write first: the frozen keyword table that everything else is compared with."""

import re
from collections import Counter
from collections.abc import Sequence

from tickets.domain.severity.cases import Case
from tickets.domain.severity.prose import folded_words
from tickets.domain.words import Severity

# Frozen on purpose: a baseline that gets better is none.
_CRITICAL = (
    "down|outage|caid[oa]s?|nadie puede|no funciona nada|nothing works|nobody can|no calls|"
    "ninguna llamada|no entran llamadas|sin servicio|critical|critico|parad[oa]s|"
    "nenhuma chamada|ninguem|fora do ar|ausfall|keine anrufe|niemand|nichts geht|"
    "en panne|aucun appel|personne ne|hors service"
)
_CALM = (
    "how (?:do|can|to)|question|would like|could you|feature|request|thank|como (?:puedo|se)|"
    "pregunta|duda|consulta|quisiera|nos gustaria|gracias|wie (?:kann|konnen)|frage|danke|"
    r"comment|souhait\w+|merci|pergunta|duvida|gostaria|obrigad[oa]"
)
_TROUBLE = (
    "slow|some|intermittent|sometimes|drops?|cuts?|lent[oa]s?|algun[oa]s|a veces|"
    r"cort\w+|errors?|fail\w*|fall[ao]\w*|problem\w*|erreur|fehler|erro|"
    "langsam|manchmal|parfois|as vezes|workaround"
)
_TABLE = tuple(
    (severity, re.compile(rf"(?<!\S)(?:{words})(?!\S)"))
    for severity, words in (
        (Severity.S1, _CRITICAL),
        (Severity.S4, _CALM),
        (Severity.S2, _TROUBLE),
    )
)


def by_keywords(text: str) -> Severity:
    """The first row of the table that has a word in the text; S3 when none has."""
    folded = " ".join(folded_words(text))
    return next((severity for severity, pattern in _TABLE if pattern.search(folded)), Severity.S3)


def most_frequent(cases: Sequence[Case]) -> Severity:
    """The class that is seen most often."""
    return Counter(case.severity for case in cases).most_common(1)[0][0]
