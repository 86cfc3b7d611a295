"""The newest message alone: no quoted thread, no signature, no disclaimer; forwards are kept."""

import re

from tickets.domain.severity.prose import fold

CAP = 8_000
_READ_AT_MOST = 200_000
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
    r"^.{0,60}(?:aviso legal|confidencialidad|disclaimer|confidentiality notice|"
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
    lines = body[:_READ_AT_MOST].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    forwarding = bool(_FORWARD_SUBJECT.match(subject))
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if _FORWARD.match(line) or (_starts_block(lines, at) and (forwarding or _hands_on(kept))):
            forwarding = True
            kept += ["", *_forwarded(lines[at + 1 :])]
            break
        if _ORIGINAL.match(line) or _starts_block(lines, at):
            break
        header = _wrote(lines, at)
        if header:
            at += header
            if not _quoted_next(lines, at):
                break
            continue
        if _ends(line, kept):
            at = _resume_after_signature(lines, at)
            continue
        if not line.startswith(">"):
            kept.append(lines[at])
        at += 1
    return "\n".join(kept).strip()[:CAP]


def _ends(line: str, kept: list[str]) -> bool:
    """Whether a signature, a legal notice or the closing words begin here."""
    return bool(
        _SIGNATURE.match(line)
        or _DISCLAIMER.match(line)
        or (_CLOSING.match(line) and any(text.strip() for text in kept))
    )


def _wrote(lines: list[str], at: int) -> int:
    """How many lines an "On … wrote:" header takes here: 0 (none), 1 or 2."""
    if _WROTE.match(lines[at].strip()):
        return 1
    if at + 1 < len(lines):
        joined = f"{lines[at].strip()} {lines[at + 1].strip()}"
        if lines[at].strip() and "@" in joined and _WROTE.match(joined):
            return 2
    return 0


def _quoted_next(lines: list[str], at: int) -> bool:
    """Whether the quoted text is marked with `>`: then an answer may stand below it."""
    following = next((line.strip() for line in lines[at:] if line.strip()), "")
    return following.startswith(">")


def _starts_block(lines: list[str], at: int) -> bool:
    """Outlook's header block: From, then two more headers within the next four lines."""
    if not _FROM.match(lines[at]):
        return False
    return sum(bool(_HEADER.match(line)) for line in lines[at + 1 : at + 5]) >= 2


def _hands_on(kept: list[str]) -> bool:
    """Whether what stands above a header block says "see below", or nothing at all."""
    text = "\n".join(kept).strip()
    return not text or (len(text.split()) <= _INTRODUCTION and bool(_FORWARD_WORDS.search(text)))


def _forwarded(lines: list[str]) -> list[str]:
    """The forwarded message without its headers, its own signature and what it quotes."""
    body = [line.lstrip("> ") if line.lstrip().startswith(">") else line for line in lines]
    while body and (not body[0].strip() or _HEADER.match(body[0])):
        body.pop(0)
    return newest_message("\n".join(body)).split("\n")


def _resume_after_signature(lines: list[str], at: int) -> int:
    """Where the message goes on: at a forwarded or quoted part, a postscript or a sentence.

    After a legal notice only the first three: it is made of sentences itself.
    """
    legal = bool(_DISCLAIMER.match(lines[at].strip()))
    at += 1
    while at < len(lines):
        line = lines[at].strip()
        legal = legal or bool(_DISCLAIMER.match(line))
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
