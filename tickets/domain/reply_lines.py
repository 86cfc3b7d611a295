"""The lines by which mail programs introduce what they quote, in the languages of our customers."""

import re

# "On ... wrote:" begins and ends so. The verb may stand before the name (German, Dutch, Nordic).
_OPENERS = (
    r"on|at|el|en|em|no dia|a|le|il|in data|am|op|den|p[åa]|d|w dniu|dnia|dne|pada|vào|îi?n|o|sur"
    r"|von:?|quoting|citando|zitat von|ng[àa]y|mon|tue|wed|thu|fri|sat|sun|lun|mar|mi[ée]|jue|vie"
    r"|s[áa]b|dom|tir|man|ons|tor|fre|l[øö]r|s[øö]n|po|út|st|čt|pá|so|ne|pon|wt|śr|czw|pt|sob|niedz"
)
_VERBS = (
    r"wrote|writes|said|escribi[oó]|escribe|ha escrito|va escriure|ha escrit|escribiu|escreveu"
    r"|a [ée]crit|ha scritto|scrive|schrieb|schreibt|geschrieben|schreef|heeft .{0,80}geschreven"
    r"|skrev|skriver|kirjoitti|napisał\(?a?\)?|napisała|pisze|napsala?|napsal\(a\)|nap[ií]sala?"
    r"|a scris|yazdı|[íi]rta|пишет|написала?|написал\(а\)|έγραψε|hau idatzi du"
    r"|写道|寫道|书きました|書きました|のメール|작성|viết"
)
_VERB = re.compile(rf"(?<!\w)(?:{_VERBS})(?!\w)|写道|寫道|書きました|작성", re.IGNORECASE)
_LAST_VERB = re.compile(rf"(?<!\w)(?:{_VERBS})[\s.]*$", re.IGNORECASE)
_OPENER = re.compile(rf"^\s*(?:{_OPENERS})[\s,.]", re.IGNORECASE)
# Marks that nobody sees: zero-width blanks, the direction of names in Hebrew and Arabic.
_UNSEEN = dict.fromkeys(
    [0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{2,255}|<mailto:")
_ADDRESS_MARKED = re.compile(r"[<(\[]\s?(?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{2,255}[>)\]]")
_DIGIT = re.compile(r"\d")
_DATE_BEGINS = 30
_ARTICLE = re.compile(r"\s*(?:el|le|il|a|o)\s", re.IGNORECASE)  # it may begin a sentence too
_TIME = re.compile(r"\b\d{1,2}\s?[:h]\s?\d{2}\b")
_ADDRESS_LAST = re.compile(r"<[^\s<>@]{1,64}@[^\s<>@]{2,255}>\s*$")
_DAY_OR_TIME = re.compile(
    r"\b\d{1,2}\s?[:.h]\s?\d{2}\b|\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|年|월"
)
_ZOHO = re.compile(
    rf"^\s*-{{2,}}\s*(?:{_OPENERS})\s.{{5,300}}(?:{_VERBS})\s*:?\s*-*\s*$", re.IGNORECASE
)
_RUN_ON = re.compile(
    rf"^\s*(?:{_OPENERS})[\s,.].{{6,150}}?\d.{{2,150}}?<[^\s<>@]{{1,64}}@[^\s<>@]{{2,255}}>\s*"
    rf"(?:{_VERBS})\s?:\s",
    re.IGNORECASE,
)
_MARKS_FIRST = frozenset("-_=*#|~+.[(\u2010\u2011\u2012\u2013\u2014")
_MAX_ATTRIBUTION = 400
_MAX_LINES = 4
_MAX_MARKER = 300

_ORIGINAL = re.compile(
    r"(?:the )?original(?: (?:message|e-?mail|appointment))?|mensaje original|correo original"
    r"|missatge original|mensaxe orixinal|jatorrizko mezua|mensagem original|message d['’]origine"
    r"|message original|messaggio originale|urspr[üu]ngliche (?:nachricht|(?:e-?)?mail)"
    r"|originalnachricht|original[- ]nachricht|oorspronkelijk bericht|origineel bericht"
    r"|ursprungligt meddelande|originalmeddelande|oprindelig (?:meddelelse|besked)"
    r"|opprinnelig (?:melding|beskjed)|alkuperäinen viesti|(?:oryginalna )?wiadomo[śs][ćc]"
    r"|wiadomo[śs][ćc] oryginalna|p[ůu]vodn[íi] (?:zpr[áa]va|e-?mail)|p[ôo]vodn[áa] spr[áa]va"
    r"|eredeti [üu]zenet|mesaj original|orijinal ileti|исходное сообщение|原始邮件|原始郵件"
    r"|元のメッセージ|reply message",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"forwarded message|forwarded by .{0,200}|mensaje reenviado|missatge reenviat"
    r"|mensagem (?:reencaminhada|encaminhada)|message transf[ée]r[ée]|messaggio inoltrato"
    r"|weitergeleitete nachricht|doorgestuurd bericht|vidarebefordrat meddelande"
    r"|videresendt (?:meddelelse|melding|besked)|v[äa]litetty viesti"
    r"|przekazana wiadomo[śs][ćc]|wiadomo[śs][ćc] przekazana|p[řr]eposlan[áa] zpr[áa]va"
    r"|пересылаемое сообщение|转发的?邮件",
    re.IGNORECASE,
)
_FORWARD_BEGINS = re.compile(
    r"begin forwarded message|inicio del mensaje reenviado|inizio messaggio inoltrato"
    r"|d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])|begin doorgestuurd bericht"
    r"|in[íi]cio da mensagem (?:re)?encaminhada"
    r"|anfang der weitergeleiteten (?:nachricht|e-?mail)",
    re.IGNORECASE,
)
_GROUPWISE = re.compile(
    r">>> .{2,150}\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? (?:at )?\d{1,2}[:.]\d{2}.{0,12}(?:>>>)?\s*$"
)
_ANNOUNCED_WITHIN = 6
_ANNOUNCED = re.compile(
    r"\b(?:my|our|see|find) (?:\w+ ){0,3}(?:answers?|comments?|replies|responses?|remarks?)\b"
    r".{0,30}\b(?:below|inline|in[- ]line|in (?:red|blue|green|bold|capitals))"
    r"|\b(?:answers?|comments?|replies|responses?) (?:are )?(?:inline|in[- ]line|in (?:red|blue))"
    r"|\b(?:respuestas?|comentarios?|respondo|contesto)\b.{0,40}\b(?:abajo|debajo|en (?:rojo|azul"
    r"|l[íi]nea|negrita)|entre l[íi]neas|intercalad)"
    r"|\b(?:r[ée]ponses?|commentaires?)\b.{0,40}\b(?:ci-dessous|en (?:rouge|bleu)|dans le texte)"
    r"|\b(?:antworten|kommentare|anmerkungen)\b.{0,40}\b(?:unten|in (?:rot|blau)|im text)"
    r"|\b(?:risposte|commenti)\b.{0,40}\b(?:sotto|in (?:rosso|blu)|nel testo)"
    r"|\b(?:respostas|coment[áa]rios)\b.{0,40}\b(?:abaixo|em (?:vermelho|azul))",
    re.IGNORECASE,
)
# Proton Mail writes hyphens that are no ASCII.
_DASHES = "-_=*\u2010\u2011\u2012\u2013\u2014"
_DECORATION = _DASHES + " \t\xa0"
# Lotus Notes sums up what it quotes: Alice Support---11/23/2026 09:02:11 AM---Hello Bob, have you
_NOTES = re.compile(r"^.{1,80}---\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[ ,]{1,2}[^-]{4,20}---")
# Zendesk's line is known by its marks, whatever the language.
_DELIMITER = re.compile(r"^[\s>]{0,10}##-\s?\S.{0,250}-##\s*$")
_MARKS = r"^[\s>]{0,10}[#\-=*_~+|.\[(]{2,}"
_PLACE = (
    r"above this line|(?:por )?encima de esta l[íi]nea|acima desta linha|sopra questa linea"
    r"|(?:oberhalb|über) dieser (?:zeile|linie)|au-dessus de cette ligne|boven deze (?:regel|lijn)"
    r"|ovanf[öo]r denna (?:rad|linje)|over denne linj?en?|powy[żz]ej tej linii"
)
_ABOVE = re.compile(rf"{_MARKS}.{{0,150}}?(?:{_PLACE})", re.IGNORECASE)
_BARE_BEGINS = re.compile(
    r"[\s>*_\[(]{0,10}(?:please|kindly|por favor|bitte|type|write|enter|add|post|reply|response"
    r"|answer|escrib|introduzca|respond|geben|ihre|antwort|r[ée]ponde)",
    re.IGNORECASE,
)
_ABOVE_BARE = re.compile(
    r"^[\s>*_\[(]{0,10}(?:please |kindly |por favor,? |bitte )?"
    r"(?:(?:(?:type|write|enter|add|post) (?:your |a )?)?(?:reply|response|answer)"
    r"|(?:escrib[ae]|introduzca) (?:su|tu) respuesta|respond[ae]"
    r"|(?:geben sie )?(?:ihre )?antwort\w*(?: sie)?(?: bitte)?|r[ée]pondez?)"
    rf" (?:{_PLACE})(?: to .{{0,80}})?\W*$"
    rf"|^[\s>*_\[(]{{0,10}}(?:write|type|reply) (?:{_PLACE}) to (?:reply|post|add|answer)"
    r".{0,60}$",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:fwd?|rv|wg|tr|enc|i|vs|vl|vb|doorst|reenv(?:iado)?|pd|переслать|пересл|ilt"
    r"|转发|轉寄|転送)\s*[:：]",
    re.IGNORECASE,
)


def seen(line: str) -> str:
    """The line without the marks that nobody sees."""
    return line if line.isascii() else line.translate(_UNSEEN)


def ends_in_colon(line: str) -> bool:
    """The line may be the last of an attribution."""
    return seen(line).rstrip(" \t\xa0*_").endswith((":", "："))


def may_introduce(line: str) -> bool:
    """The line may be a mark between mails or a field of a header: a cheap first look."""
    first = line.lstrip(" \t\xa0\u200b\u200e\u200f\ufeff")[:1]
    marked = first in _MARKS_FIRST or ":" in line or "：" in line
    return marked or _BARE_BEGINS.match(line) is not None


def runs_on(line: str) -> bool:
    """An attribution whose quote begins on its own line, as Yahoo's telephones write it."""
    return len(line) > 30 and _RUN_ON.match(line[:_MAX_ATTRIBUTION]) is not None


def is_quoted(line: str) -> bool:
    """The line begins with the mark of a quote."""
    return line.lstrip(" \t\xa0")[:1] == ">"


def is_original_message(line: str) -> bool:
    """`-----Original Message-----` and its like, the summary line of Notes too."""
    if _ORIGINAL.fullmatch(_decorated(line)):
        return True
    return _NOTES.match(line[:200]) is not None


def is_groupwise(line: str) -> bool:
    """`>>> Alice Support <alice@example.org> 23/11/2026 09:00 >>>`: no quote, but its beginning."""
    return line.startswith(">>> ") and _GROUPWISE.match(line[:_MAX_MARKER]) is not None


def announces_answers(lines: list[str]) -> bool:
    """The writer says that the answers stand among what is quoted below."""
    new = [line for line in lines if line.strip()][:_ANNOUNCED_WITHIN]
    return any(_ANNOUNCED.search(line[:_MAX_MARKER]) for line in new)


def is_forward(line: str) -> bool:
    """What follows was passed on to us: it is content, not a quote of our own mail."""
    if _FORWARDED.fullmatch(_decorated(line)):
        return True
    bare = line.strip() if len(line) <= 200 else ""
    return bare.endswith(":") and _FORWARD_BEGINS.fullmatch(bare[:-1].rstrip()) is not None


def _decorated(line: str) -> str:
    """The words of a line that begins with a row of dashes or the like, else ""."""
    bare = line.strip() if len(line) <= _MAX_MARKER else ""
    if len(bare) < 2 or bare[0] not in _DASHES or bare[1] not in _DECORATION:
        return ""
    return bare.strip(_DECORATION + ":")


def is_forward_subject(subject: str) -> bool:
    """The mail as a whole was passed on."""
    return _FORWARD_SUBJECT.match(subject[:100]) is not None


def is_reply_above(line: str) -> bool:
    """A helpdesk's line above which one shall answer."""
    if len(line) > _MAX_MARKER:
        return False
    if _BARE_BEGINS.match(line):
        return _ABOVE_BARE.match(line) is not None
    marked = line.lstrip(" \t>")[:1] in _MARKS_FIRST
    return marked and bool(_DELIMITER.match(line) or _ABOVE.match(line))


def attribution(lines: list[str], at: int) -> tuple[int, bool] | None:
    """How many lines from `at` say "On ... wrote:", and whether a date or address proves it."""
    if not lines[at].strip() or is_quoted(lines[at]):
        return None
    if len(lines[at]) <= _MAX_ATTRIBUTION and _ZOHO.match(lines[at]):
        return 1, True
    first = seen(lines[at])
    opened = _OPENER.match(first[:20]) is not None or _DAY_OR_TIME.match(first[:40])
    joined = ""
    for count, line in enumerate(map(seen, lines[at : at + _MAX_LINES]), 1):
        if count > 1 and (not line.strip() or is_quoted(line) or not opened):
            return None
        if count > 1 and _opens(line) and not _DAY_OR_TIME.search(joined):
            return None  # the line above belongs to the answer: "On it." / "On 1 May 2026 ..."
        joined = f"{joined} {line.strip()}".strip()
        if len(joined) > _MAX_ATTRIBUTION:
            return None
        if ends_in_colon(line) and _VERB.search(joined):
            return count, _is_proven(joined, opened=bool(opened))
    return None


def _is_proven(text: str, *, opened: bool) -> bool:
    """A mail program wrote it, not a person who tells what somebody wrote on some day.

    Programs put the address between brackets, or the date right after "On", or a date and
    a time after the verb.
    """
    if _ADDRESS_MARKED.search(text):
        return True
    if not _DAY_OR_TIME.search(text):
        return False
    digit, verb = _DIGIT.search(text), _VERB.search(text)
    if _ADDRESS.search(text) or digit is None or verb is None:
        return True
    if verb.start() > digit.start():
        return opened and digit.start() <= _DATE_BEGINS - 9 * bool(_ARTICLE.match(text))
    return _TIME.search(text, verb.end()) is not None


def _opens(line: str) -> bool:
    return bool(_OPENER.match(line[:20]) and _DAY_OR_TIME.search(line[:200]))


def strange_attribution(lines: list[str], above: int) -> int:
    """Where an attribution in a language we do not know begins right above a quote, else `above`.

    It is one line, or two, and names a date or an address.
    """
    line = seen(lines[above - 1]) if above else ""
    if not _introduces(line):
        before = seen(lines[above - 2]) if above > 1 else ""
        return above - 2 if before.strip() and _introduces(f"{before} {line}") else above
    if above > 1 and not _ADDRESS.search(line):
        before = seen(lines[above - 2])
        if _ADDRESS.search(before[:_MAX_ATTRIBUTION]) and not is_quoted(before):
            return above - 2
    return above - 1


def _introduces(line: str) -> bool:
    if not line.strip() or len(line) > _MAX_ATTRIBUTION:
        return False
    if _OPENER.match(line[:20]) and _DAY_OR_TIME.search(line) and _LAST_VERB.search(line):
        return True  # some programs forget the colon
    if not ends_in_colon(line):
        # Gmail once wrote `2026/11/23 Alice Support <alice@example.org>`, without a colon.
        return bool(_DAY_OR_TIME.search(line) and _ADDRESS_LAST.search(line))
    return bool(_ADDRESS.search(line) or _DAY_OR_TIME.search(line))
