"""The block From / Sent / To / Subject that Outlook and others put above the mail they quote."""

import re
from functools import lru_cache

_WORDS = {
    "from": (
        "from|de|von|da|van|från|fra|lähettäjä|od|kimden|от|від|من|מאת|από|feladó|de la"
        "|发件人|寄件者|差出人"
        "|보낸 사람|remitente|expéditeur|remetente|absender|mittente|afzender|nadawca|nork"
    ),
    "date": (
        "sent|date|sent at|enviado|enviado el|enviada|enviada em|enviado em|fecha|data|gesendet"
        "|gesendet am|datum|envoyé|envoyé le|inviato|inviato il|verzonden|skickat|sendt|dato"
        "|lähetetty|päivämäärä|wysłano|data wysłania|odesláno|gönderildi|tarih|отправлено|дата"
        "|poslano|надіслано|تم الإرسال|تاريخ الإرسال|נשלח|στάλθηκε|ημερομηνία"
        "|elküldve|dátum|trimis|发送时间|日期|寄件日期|送信日時|日付|보낸 날짜|enviat|enviat el"
    ),
    "to": (
        "to|para|an|à|a|aan|till|til|do|komu|kime|vastaanottaja|кому|prima|إلى|אל|προς|címzett|către|收件人|宛先"
        "|받는 사람|destinatario|destinataire|per a"
    ),
    "subject": (
        "subject|asunto|assumpte|betreff|objet|oggetto|onderwerp|ämne|emne|aihe|temat|předmět"
        "|predmet|konu|тема|الموضوع|נושא|θέμα|tárgy|subiect|主题|主旨|件名|제목|assunto"
    ),
}
_FIELD_OF = {word: field for field, words in _WORDS.items() for word in words.split("|")}
_LINE = re.compile(
    r"^[\s>]{0,10}[*_]{0,2}([^\W\d_][^:：*_\n]{0,20}?)\s*[*_]{0,2}\s?[:：][*_]{0,2}(?:\s+|$)(.*)$"
)
_RULE = re.compile(r"^\s*(?:[-_=*]\s?){5,}\s*$")
# One of them is what a mail program wrote, and no table of opening hours.
_PROOF = {
    "from": re.compile(r"@"),
    "to": re.compile(r"@"),
    "date": re.compile(r"\d"),
    "subject": re.compile(
        r"[:：][*_\s]{0,6}(?:re|aw|sv|vs|rv|res|r|odp|ynt|fwd?|antw|回复|答复)\s*[:：]",
        re.IGNORECASE,
    ),
}
# A trace of a call has fields of the same names.
_CALL = re.compile(r"<?sips?:[^\s>]{1,300}>?|<tel:|;tag=", re.IGNORECASE)
_SPAN = 12
_MAX_LINE = 2000
_MAX_FIELD = 60


@lru_cache(maxsize=64)
def field_of(line: str) -> str:
    """from, date, to or subject when the line is such a field, else "".

    Each line is asked for as the first and as a later one of a block.
    """
    if ":" not in line[:_MAX_FIELD] and "：" not in line[:_MAX_FIELD]:
        return ""
    match = _LINE.match(line[:_MAX_LINE].lstrip("\u200b\u200e\u200f\ufeff"))
    return _FIELD_OF.get(match.group(1).strip().lower(), "") if match else ""


def header_block(lines: list[str], at: int) -> bool:
    """A quoted mail's header begins at this line, or at the one after a rule.

    It needs a sender, a date and a subject (or an address), as people paste lists that
    look nearly alike.
    """
    if _RULE.match(lines[at]):
        after = at + 1
        while after < len(lines) and after < at + 3 and not lines[after].strip():
            after += 1
        return after < len(lines) and not _RULE.match(lines[after]) and header_block(lines, after)
    first = field_of(lines[at])
    return bool(first) and _is_complete(lines[at : at + _SPAN], first)


def _is_complete(lines: list[str], first: str) -> bool:
    found: set[str] = set()
    blank = 0
    address = proven = False
    for line in lines:
        if not line.strip():
            blank += 1
            if blank > 1 and not found >= {"from", "date"}:
                break
            continue
        name = field_of(line)
        if name:
            if _CALL.search(line[:_MAX_LINE]):
                return False
            found.add(name)
            address = address or (name == "from" and "@" in line)
            proven = proven or _PROOF[name].search(line) is not None
        # "To:" and "Subject:" may begin any line: there the block needs all four.
        needed = set(_WORDS) if first in ("to", "subject") else {"from", "date"}
        if needed <= found and ("subject" in found or ("to" in found and address)):
            return proven and (address or first in ("from", "date"))
    return False


def is_rule(line: str) -> bool:
    """A line of dashes, underscores or stars."""
    return _RULE.match(line) is not None
