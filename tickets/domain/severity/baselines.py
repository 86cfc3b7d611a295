"""What a team would write first: the frozen keyword table that everything else is compared with."""

import re
from collections import Counter
from collections.abc import Sequence

from tickets.domain.severity.cases import Case
from tickets.domain.severity.prose import tokenise
from tickets.domain.words import Severity

# Frozen on purpose: a baseline that gets better is none.
_CRITICAL = (
    "outage|todo caido|nadie puede|no funciona nada|nothing works|nobody can|no one can|"
    "no calls|ninguna llamada|no entran llamadas|sin servicio|sin linea|no podemos (?:llamar|"
    "recibir|entrar)|(?:everything|all|lines|phones) (?:is |are )?(?:down|dead)|nenhuma chamada|"
    "ninguem consegue|fora do ar|keine anrufe|niemand kann|nichts geht|alles tot|aucun appel|"
    "personne ne peut|plus rien|hors service"
)
_CALM = (
    "how (?:do|can|to)|question|would like|could you|feature|request|como (?:puedo|se)|"
    "pregunta|duda|consulta|quisiera|quiero|nos gustaria|wie (?:kann|konnen)|frage|mochten|"
    r"comment|souhait\w+|voudri\w+|pergunta|duvida|gostari\w+|queria"
)
_SMALL = (
    "typo|label|colou?r|icon|logo|spelling|wrong|invoice|bill|errata|icono|etiqueta|factura|"
    "mal escrito|rechtschreibung|rechnung|symbol|farbe|facture|couleur|libelle|fatura|etiqueta|cor"
)
_TABLE = tuple(
    (severity, re.compile(rf"(?<!\S)(?:{words})(?!\S)"))
    for severity, words in (
        (Severity.S1, _CRITICAL),
        (Severity.S4, _CALM),
        (Severity.S3, _SMALL),
    )
)


def by_keywords(text: str) -> Severity:
    """The first row of the table that has a word in the text; S2 when none has."""
    folded = " ".join(tokenise(text).words())
    return next((severity for severity, pattern in _TABLE if pattern.search(folded)), Severity.S2)


def most_frequent(cases: Sequence[Case]) -> Severity:
    """The class that is seen most often."""
    return Counter(case.severity for case in cases).most_common(1)[0][0]
