"""What tells that a person wrote a mail: the program it was written in, and how people begin."""

import re

from tickets.inbound.email.addresses import Address, first_address
from tickets.inbound.email.headers import Headers

# Programs in which people write. They do not write automatic mail, and no server claims them.
_PROGRAM = re.compile(
    r"thunderbird|apple mail|i(?:phone|pad) mail|microsoft outlook\b|\bmutt\b|evolution|k-?9"
    r"|alpine"
    r"|\bpine\b|the bat|roundcube|squirrelmail|\bhorde\b|kmail|claws|sylpheed|airmail|spark|gnus"
    r"|mailspring|emclient|seamonkey|postbox|becky|eudora",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\W{0,5}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hola|buen[oa]s"
    r"|estimad[oa]s?|hallo|guten|moin|servus|sehr geehrte[rs]?|liebe[rs]?|bonjour|bonsoir|salut"
    r"|madame|ciao|salve|buon ?giorno|buona ?sera|gentil[ei]|spett|bon dia|bona tarda|benvolgut"
    r"|ol[áa]|bom dia|boa tarde|prezad[oa]s?|goede\w*|beste|geachte|hej|god (?:dag|morgen)|hei"
    r"|dzie[ńn] dobry|dobr[ýy] den|добрый день|здравствуйте|po[šs]tovan|zdravo|spo[šs]tovan"
    r"|szanown|v[áa][žz]en|tisztelt|kedves|szia|stimat|bun[ăa]"
    r"|gr[üu]ezi|k[æj][æa]?re|hyv[äa]|sayın|merhaba|αγαπητ|καλημέρα|уважаем|шановн|доброго"
    r"|こんにちは|お世話に|您好|你好"
    r"|안녕하세요)(?!\w{3})",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"\w[^\w.!?]{1,3}\w[^.!?\n]{0,200}[.!?]|(?:[^\W\d]{1,30}[^\w\n]{1,3}){4}[^\W\d]"
    r"|[\u3040-\u9fff\uac00-\ud7a3]{4}"
)
_FAREWELL = re.compile(
    r"\b(?:kind |best |warm )?regards|\bsincerely|\bcheers|\bsaludos|\batentamente"
    r"|mit freundlichen|gr[üu][ßs]+e\b|\bcordialement|cordiali saluti|\batenciosamente"
    r"|\bcumprimentos|met vriendelijke|\bmvh\b|pozdraw",
    re.IGNORECASE,
)
_SCANNED, _SAID_WITHIN = 20_000, 2000
# Mailboxes that belong to an office, not to a person.
_ROLE = re.compile(
    r"(?:^|[._-])(?:info|support|service|services|help|helpdesk|servicedesk|desk|contact"
    r"|kontakt|contacto"
    r"|contatto|contato|office|team|sales|shop|store|orders?|billing|accounts?|hello|hola|mail"
    r"|post"
    r"|admin|noreply|reply|customer|care|kundenservice|kundservice|kundeservice|kundesenter"
    r"|kundecenter|klantenservice|soporte"
    r"|atencion|ayuda|suporte|atendimento|assistance|assistenza|assistencia|supporto|accueil|sav|client\w*|servis"
    r"|podpora"
    r"|pomoc|obsluga|ugyfel\w*|asiakaspalvelu|tuki|tickets?|request|rezeption|reception|hr|it)"
    r"\d{0,3}(?:$|[._-])",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_]{3,40}")
_EXCHANGE = ("thread-index", "thread-topic", "x-ms-has-attach", "accept-language")
_SENTENCE_ENDS = (".", "!", "?", "。")
_SIGNATURE_LINES, _MAX_NAMES = 12, 5


def by_hand(headers: Headers) -> bool:
    """A person's mail program wrote it."""
    program = f"{headers.text('user-agent')} {headers.text('x-mailer')}"
    return _PROGRAM.search(program[:300]) is not None


def by_exchange(headers: Headers) -> bool:
    """The mail began in somebody's mailbox on an Exchange server."""
    identity = (headers.raw("message-id") or b"")[-200:].lower()
    return b".outlook.com" in identity or any(name in headers for name in _EXCHANGE)


def is_personal(headers: Headers) -> bool:
    """The sender's address is made of the sender's name, and no office's."""
    sender = first_address(headers, ("from",))
    local, _, domain = sender.email.lower().partition("@")
    if _ROLE.search(local):
        return False
    names = _names(sender)
    own = any(name in local and name not in domain for name in names)
    return own and len(names) > 1  # one word is an office's, too


def is_of_an_office(headers: Headers) -> bool:
    """The sender's address is one that an office has, as `info@`."""
    local = first_address(headers, ("from",)).email.partition("@")[0]
    return _ROLE.search(local) is not None


def signs(headers: Headers, text: str) -> bool:
    """The sender's name stands under the text; an office signs too, but has no such address."""
    sender = first_address(headers, ("from",))
    local, _, domain = sender.email.lower().partition("@")
    names = _names(sender)
    if _ROLE.search(local) or len(names) < 2 or any(name in domain for name in names):
        return False
    return ends_with_name(sender, text)


def ends_with_name(sender: Address, text: str) -> bool:
    """One of the last lines begins with one of the names."""
    return _signature_at(sender, text) is not None


def _signature_at(sender: Address, text: str) -> int | None:
    lines = [line for line in text[-_SCANNED:].split("\n") if line.strip()]
    names = _names(sender)
    for at in range(len(lines) - 1, max(0, len(lines) - _SIGNATURE_LINES - 1), -1):
        if lines[at].rstrip().endswith(_SENTENCE_ENDS):
            continue
        words = _NAME.findall(lines[at][:60].lower())
        if words and len(words) <= _MAX_NAMES and any(word in names for word in words[:2]):
            return at
    return None


def _names(sender: Address) -> list[str]:
    return _NAME.findall(sender.name[:100].lower())


def greets_and_asks(text: str) -> bool:
    """The text begins with a greeting and asks something: a server does one of the two at most."""
    return asks(text) and greets(text)


def greets(text: str) -> bool:
    """The text begins with a greeting."""
    return _GREETING.match(text[:200]) is not None


def writes_a_letter(text: str, *, proven: bool) -> bool:
    """A greeting, and a question or a farewell; or a greeting and nothing of a server's report."""
    end = text[:_SCANNED]
    return greets(text) and (not proven or asks(text) or _FAREWELL.search(end) is not None)


def asks(text: str) -> bool:
    """Somebody asks something."""
    return "?" in text[:_SCANNED] or "？" in text[:_SCANNED]


def is_said(text: str) -> bool:
    """The text holds a sentence, or several words in a row."""
    return _SENTENCE.search(text[:_SAID_WITHIN]) is not None
