"""The newest message alone: no quoted thread, no signature, no disclaimer; forwards are kept."""

import re
from itertools import dropwhile

from tickets.domain.severity.prose import fold

CAP = 8_000
# Of a long mail, the beginning and the end: an answer stands above or below what it quotes.
_READ_AT_MOST = (48_000, 16_000)
_LINES_AT_MOST = (90, 40)
_FORWARDS_AT_MOST = 8
# Whatever ends a message shows within so much of a line, and is no shorter unless it is a rule.
_LINE_READ = 400
_CLOSING_AT_MOST = 120
_SHORTEST_SIGN = 3
_RULES = ("-", "—", "_")
_DISCLAIMER_WITHIN = 60
_EMPTY_QUOTES = re.compile(r"\n(?:[ \t]*>[> \t]*\n){6,}")
_INTRODUCTION = 14

_WROTE = re.compile(
    r"^(?=.{6,300}$)(?:On|El|Em|Am|Le|No dia|Den|Il|A la|Op)\b.*"
    r"(?:wrote|escribi[oó]|escreveu|schrieb\b.*|a [eé]crit|va escriure|ha scritto|schreef\b.*)"
    r"\s*:?\s*$|^.{3,120}(?:<[^<>\s]+@[^<>\s]+>)\s*(?:wrote|escribi[oó]|escreveu|schrieb)\s*:\s*$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^[\s>]*(?:-{2,}|_{5,})\s*(?:original message|original appointment|mensaje original|"
    r"mensagem original|urspr[uü]ngliche nachricht|message d'origine|message original)",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^[\s>]*(?:-{2,}\s*)?(?:forwarded message|begin forwarded message|mensaje reenviado|"
    r"inicio del mensaje reenviado|mensagem (?:re)?encaminhada|weitergeleitete nachricht|"
    r"message transf[eé]r[eé]|anfang der weitergeleiteten)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^[\s>*]*(?:from|de|von|sent|date|enviado(?: el)?|fecha|data|gesendet|datum|envoy[eé]|to|para|"
    r"an|[aà]|cc|subject|asunto|assunto|betreff|objet)\s*\*?\s*:\*?\s",
    re.IGNORECASE,
)
_FROM = re.compile(r"^[\s*]*(?:from|de|von)\s*\*?\s*:\*?\s+\S", re.IGNORECASE)
_FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|rv|reenv|enc|wg|tr)\s*:", re.IGNORECASE)
_FORWARD_WORDS = re.compile(
    r"\b(?:reenv[ií]o|reenviamos|os paso|te paso|ver (?:m[aá]s )?abajo|see below|below is|"
    r"fyi|forward(?:ing|ed)? (?:this|you|below|from|by|the|message|mail|e-?mail)|"
    r"encaminho|reencaminho|siehe unten|weiterleit\w*|"
    r"ci-dessous|je transf[eè]re|lo que nos (?:dice|escribe|cuenta))\b",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(?:--\s*|—\s*|_{3,}\s*|sent from my .*|get outlook for .*|enviado desde (?:mi|outlook).*|"
    r"enviado do meu .*|von meinem .* gesendet|envoy[eé] de(?:puis)? mon .*)$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:(?:muchas |mil )?gracias(?: de antemano| por adelantado| y| a todos)?[,.! ]*)?"
    r"(?:(?:un |muchos )?(?:cordial(?:es)? |afectuoso )?saludos?(?: cordial(?:es)?)?|atentamente|"
    r"atte\.?|un abrazo|(?:thanks(?: and)?|thank you)?[, ]*(?:kind |best |warm )?regards|best|"
    r"cheers|sincerely|yours(?: sincerely| truly)?|"
    r"(?:com os melhores |melhores )?cumprimentos|atenciosamente|abra[cç]os?|obrigad[oa]|"
    r"mit freundlichen gr[uü](?:ß|ss)en|(?:viele |beste |liebe )?gr[uü](?:ß|ss)e|mfg|vielen dank|"
    r"cordialement|bien cordialement|bien [aà] vous|salutations|merci d'avance|"
    r"(?:muchas )?gracias|thanks(?: in advance)?|thank you)"
    r"[\s,.!]*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?:aviso legal|confidencialidad|disclaimer|confidentiality notice|"
    r"este (?:mensaje|correo|e-?mail)\b.{0,80}(?:confidencial|dirigid|destinatari)|"
    r"this (?:message|e-?mail)\b.{0,80}(?:confidential|intended|privileged)|"
    r"esta mensagem\b.{0,80}confidencial|diese e-?mail\b.{0,80}vertraulich|"
    r"ce (?:message|courriel)\b.{0,80}confidentiel|"
    r"en cumplimiento (?:de|del)\b.{0,60}(?:protecci[oó]n|rgpd|lopd)|"
    r"if you (?:are not|have received)\b|si (?:usted )?(?:no es|ha recibido)\b|"
    r"sollten sie nicht\b|si vous (?:n'[eê]tes pas|avez re[cç]u)\b|"
    r"antes de imprimir|before printing|think before you print|consider the environment)",
    re.IGNORECASE,
)
# One of these is in every legal notice, and is found much faster.
_LEGAL_WORDS = (
    "legal", "confiden", "disclaimer", "dirigid", "destinatari", "intended", "privileged",
    "vertraulich", "cumplimiento", "if you", "si no es", "si usted", "si ha recibido",
    "sollten sie", "si vous", "imprimir", "printing", "before you print", "environment",
)  # fmt: skip
_FEWEST_WORDS_OF_A_SENTENCE = 4
# Words that a sentence has and a name, a post or an address has not.
_VERB = re.compile(
    r"(?<!\S)(?:es|esta|estan|estamos|estoy|he|hemos|han|ha|tenemos|tengo|hay|uso|usamos|usando|va|"
    r"van|vamos|funciona|funcionan|seguimos|sigue|siguen|puedo|podemos|pueden|entran|atendemos|era|"
    r"is|are|was|were|have|has|had|can|cant|cannot|will|use|using|works|working|it|we|im|weve|its|"
    r"e|estao|temos|conseguimos|nao|ist|sind|haben|hat|nutzen|konnen|funktioniert|lauft|wir|"
    r"sont|avons|utilisons|fonctionne|pouvons|nous|ya)(?!\S)"
)
_POSTSCRIPT = re.compile(r"^\s*(?:p\.?\s?[sd]\.?|nota|postdata)\s*[:.-]", re.IGNORECASE)


def newest_message(body: str, *, subject: str = "") -> str:
    """What the writer wrote this time, at most 8 kB; a forwarded text counts as theirs."""
    forwarding = bool(_FORWARD_SUBJECT.match(subject))
    rest: list[str] = _lines(body)
    texts: list[str] = []
    while rest and len(texts) < _FORWARDS_AT_MOST:
        kept, rest = _message(rest, forwarding=forwarding)
        texts.append("\n".join(kept))
        forwarding = False
    text = ""
    for outer in reversed(texts):
        text = f"{outer}\n\n{text}".strip()[:CAP]
    return text


def _lines(body: str) -> list[str]:
    head, tail = _READ_AT_MOST
    text = body.strip()
    if len(text) > head + tail:
        text = f"{text[:head]}\n{text[-tail:]}"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = _EMPTY_QUOTES.sub("\n" + ">\n" * 5, text).split("\n")
    first, last = _LINES_AT_MOST
    return lines if len(lines) <= first + last else [*lines[:first], *lines[-last:]]


def _message(lines: list[str], *, forwarding: bool) -> tuple[list[str], list[str]]:
    """The lines of the first message, and those of a message that it forwards."""
    kept: list[str] = []
    size = at = 0
    while at < len(lines) and size < CAP:
        line = lines[at].strip()[:_LINE_READ]
        if len(line) < _SHORTEST_SIGN and not line.startswith(_RULES):
            header = 0
        else:
            block = _starts_block(lines, at)
            if _FORWARD.match(line) or (block and (forwarding or _hands_on(kept))):
                return kept, _forwarded(lines[at + 1 :])
            if block or _ORIGINAL.match(line):
                break
            header = _wrote(lines, at)
            if header and not _quoted_next(lines, at + header):
                break
            if not header and _ends(line, kept):
                at = _resume_after_signature(lines, at)
                continue
        if not header and not line.startswith(">"):
            kept.append(lines[at])
            size += len(lines[at]) + 1 if line or size else 0
        at += header or 1
    return kept, []


def _ends(line: str, kept: list[str]) -> bool:
    """Whether a signature, a legal notice or the closing words begin here."""
    return bool(
        _SIGNATURE.match(line)
        or _is_disclaimer(line)
        or (
            len(line) <= _CLOSING_AT_MOST
            and _CLOSING.match(line)
            and any(text.strip() for text in kept)
        )
    )


def _is_disclaimer(line: str) -> bool:
    lowered = line.lower()
    if not any(word in lowered for word in _LEGAL_WORDS):
        return False
    found = _DISCLAIMER.search(line)
    return found is not None and found.start() <= _DISCLAIMER_WITHIN


def _wrote(lines: list[str], at: int) -> int:
    """How many lines an "On … wrote:" header takes here: 0 (none), 1 or 2."""
    line = lines[at].strip()[:_LINE_READ]
    if _WROTE.match(line):
        return 1
    if line and at + 1 < len(lines):
        following = lines[at + 1].strip()[:_LINE_READ]
        if ("@" in line or "@" in following) and _WROTE.match(f"{line} {following}"):
            return 2
    return 0


def _quoted_next(lines: list[str], at: int) -> bool:
    """Whether the quoted text is marked with `>`: then an answer may stand below it."""
    following = next((line.strip() for line in lines[at:] if line.strip()), "")
    return following.startswith(">")


def _starts_block(lines: list[str], at: int) -> bool:
    """Outlook's header block: From, then two more headers within the next four lines."""
    if not _FROM.match(lines[at][:_LINE_READ]):
        return False
    return sum(bool(_HEADER.match(line[:_LINE_READ])) for line in lines[at + 1 : at + 5]) >= 2


def _hands_on(kept: list[str]) -> bool:
    """Whether what stands above a header block says "see below", or nothing at all."""
    text = "\n".join(kept).strip()
    return not text or (len(text.split()) <= _INTRODUCTION and bool(_FORWARD_WORDS.search(text)))


def _forwarded(lines: list[str]) -> list[str]:
    """The forwarded message without its marks of quotation and its headers."""
    body = [line.lstrip("> ") if line.lstrip().startswith(">") else line for line in lines]
    return list(dropwhile(lambda line: not line.strip() or _HEADER.match(line[:_LINE_READ]), body))


def _resume_after_signature(lines: list[str], at: int) -> int:
    """Where the message goes on: at a forwarded or quoted part, a postscript or a sentence.

    After a legal notice only the first three: it is made of sentences itself.
    """
    legal = _is_disclaimer(lines[at].strip()[:_LINE_READ])
    at += 1
    while at < len(lines):
        line = lines[at].strip()[:_LINE_READ]
        legal = legal or _is_disclaimer(line)
        if (not legal and _is_sentence(line)) or (
            _FORWARD.match(line)
            or _ORIGINAL.match(line)
            or _POSTSCRIPT.match(line)
            or _wrote(lines, at)
            or _starts_block(lines, at)
        ):
            break
        at += 1
    return at


def _is_sentence(line: str) -> bool:
    """Whether a line below a signature was written by hand: it has a verb and small words."""
    words = re.findall(r"[^\W\d_][\w'’]*", line)
    if len(words) < _FEWEST_WORDS_OF_A_SENTENCE or "@" in line or "|" in line:
        return False
    small = sum(word[0].islower() for word in words)
    return 3 * small >= len(words) and bool(_VERB.search(" ".join(map(fold, words))))
