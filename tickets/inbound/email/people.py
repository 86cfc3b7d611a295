"""What tells that a person wrote a mail: the program it was written in, and how people begin."""

import re

from tickets.inbound.email.headers import Headers

# Programs in which people write. They do not write automatic mail, and no server claims them.
_PROGRAM = re.compile(
    r"thunderbird|apple mail|i(?:phone|pad) mail|microsoft outlook\b|\bmutt\b|evolution|k-?9|alpine"
    r"|\bpine\b|the bat|roundcube|squirrelmail|\bhorde\b|kmail|claws|sylpheed|airmail|spark|gnus"
    r"|mailspring|emclient|seamonkey|postbox|becky|eudora",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\W{0,5}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hola|buen[oa]s"
    r"|estimad[oa]s?|hallo|guten|moin|servus|sehr geehrte[rs]?|liebe[rs]?|bonjour|bonsoir|salut"
    r"|madame|ciao|salve|buon ?giorno|buona ?sera|gentil[ei]|spett|bon dia|bona tarda|benvolgut"
    r"|ol[áa]|bom dia|boa tarde|prezad[oa]s?|goede\w*|beste|geachte|hej|god (?:dag|morgen)|hei"
    r"|dzie[ńn] dobry|dobr[ýy] den|добрый день|здравствуйте|こんにちは|お世話に|您好|你好"
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


def by_hand(headers: Headers) -> bool:
    """A person's mail program wrote it."""
    program = f"{headers.text('user-agent')} {headers.text('x-mailer')}"
    return _PROGRAM.search(program[:300]) is not None


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
