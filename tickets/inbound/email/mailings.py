"""Mail to many: discussion lists, where people write, and newsletters, where nobody does."""

import re
from itertools import islice

from tickets.inbound.email.addresses import first_address
from tickets.inbound.email.automatic_words import DO_NOT_ANSWER
from tickets.inbound.email.daemons import is_no_reply
from tickets.inbound.email.headers import Headers
from tickets.inbound.email.people import by_exchange, ends_with_name, is_said

# "list" is not among them: a person may have written to the list.
PRECEDENCES = frozenset({
    "auto_reply", "auto-reply", "autoreply", "auto_response", "auto-response", "bulk", "junk",
})  # fmt: skip
LIST_FIELDS = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "mailing-list",
    "x-mailing-list",
    "x-mailman-version",
    "x-beenthere",
)
# Fields of lists that one can post to. Their software marks people's mails as bulk, too.
_DISCUSSIONS = ("list-post", "mailing-list", "x-mailing-list", "x-mailman-version", "x-beenthere",
                "x-ml-name", "x-mlserver", "x-rt-originator", "rt-originator")  # fmt: skip
# Fields that only bulk senders put into a mail.
_CAMPAIGN = (
    "x-campaign", "x-campaignid", "x-campaign-id", "x-mailchimp-campaign-id", "x-mc-user",
    "x-csa-complaints", "x-report-abuse", "x-roving-id", "x-mailer-recptid", "x-job", "x-mj-mid",
    "x-mailin-campaign", "x-cm-campaign", "x-newsletter", "x-mailingid", "x-mailing-id",
    "x-sfmc-stack", "x-binding", "x-emarsys-identify", "x-ems-campaign", "x-klaviyo-message-id",
)  # fmt: skip
# How one leaves a list: whoever writes to many has to say it.
_LEAVE = re.compile(
    r"unsubscrib|opt[- ]?out|manage (?:your |my )?(?:e-?mail )?(?:preferences|subscri|notif)"
    r"|(?:view|read) (?:this|it|e-?mail|message|online)\b.{0,30}browser"
    r"|you(?:['’]re| are) receiving"
    r"|update (?:your )?(?:e-?mail )?(?:preferences|settings)|(?:darse|date|dar) de baja"
    r"|cancelar (?:la |tu |su |a )?(?:suscripci|subscri|inscri)|anular (?:la |tu |su )?suscri"
    r"|donar-se de baixa|ver (?:este |en )?.{0,20}navegador|abbestell|abmeld|austragen"
    r"|(?:no longer|not) (?:wish|want) to receive|no (?:desea )?recibir m[áa]s|ne plus recevoir"
    r"|non ricevere pi[ùu]|n[ãa]o receber mais|nicht mehr erhalten"
    r"|newsletter (?:ab|nicht)|im browser|d[ée]sabonn|d[ée]sinscri|disiscri|cancella(?:ti|zione)"
    r"|annulla .{0,20}iscri|descadastr|uitschrij|afmeld|avregistr|avprenum|avmeld|peruuta"
    r"|wypis|rezygn|odhl[áa]s|leiratkoz|dezabon|abonelik|отписа|配信停止|購読解除"
    r"|退订|退訂|수신 ?거부",
    re.IGNORECASE,
)
# Accounts that write to many; people write from none of them.
_TO_MANY = re.compile(
    r"news-?letters?|mailings?|notifications?|alerts?|bolet[ií]n|infolettre|rundbrief",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_TOP, _FOOT = 5_000, 20_000
_MANY_LINKS = 4  # a signature has some
_FORM_FIELD = re.compile(
    r"^\W{0,6}(?:your |su |tu |ihre )?(?:e-?mail|correo|courriel|mail|reply[- ]?to)\b[^\n@]{0,60}"
    r"\S@\S",
    re.IGNORECASE | re.MULTILINE,
)


def is_discussion(headers: Headers) -> bool:
    """The mail came over a list that people write to, or through a helpdesk from a person."""
    if (headers.raw("list-post") or b"").strip().upper() == b"NO":
        return False
    return any(name in headers for name in _DISCUSSIONS) or headers.token("precedence") == "list"


def precedence_signal(headers: Headers) -> str:
    """A priority that only machines give; on a list it says nothing about who wrote."""
    for name in ("precedence", "x-precedence"):
        token = headers.token(name)
        plain = token in ("bulk", "junk")
        if token in PRECEDENCES and not (plain and is_discussion(headers)):
            return f"Precedence: {token}"
    return ""


def bulk_signal(headers: Headers, text: str, beginning: str) -> str:
    """What tells a newsletter or a notice to many; an answer is none.

    Sales tools put the fields of newsletters into the mails of one person to another, and some
    lists of colleagues have them, too: there the text decides.
    """
    if "in-reply-to" in headers or "references" in headers:
        return ""
    if _writes_to_many(headers, text):
        return "from an account that writes to many"
    unread = is_no_reply(headers) and not names_a_reader(headers, beginning)
    if not (unread or "list-id" in headers or "list-unsubscribe" in headers):
        return ""
    # A company's relay adds what newsletters need.
    relayed = not unread and "list-id" not in headers and _is_by_one(headers, beginning)
    campaign = unread or any(name in headers for name in _CAMPAIGN)
    if relayed or (not campaign and speaks_to_one(text)):
        return ""
    if "list-id" in headers:
        return "List-Id"
    if "list-unsubscribe" in headers:
        sent_to_many = ("feedback-id", "list-unsubscribe-post", *_CAMPAIGN)
        known = next((name for name in sent_to_many if name in headers), "")
        if known or unread:
            return known.title() or "List-Unsubscribe"
    if unread and DO_NOT_ANSWER.search(beginning):
        return "from an address that nobody reads"
    return ""


def _writes_to_many(headers: Headers, text: str) -> bool:
    local = first_address(headers, ("from",)).email.partition("@")[0]
    if not _TO_MANY.fullmatch(local) or names_a_reader(headers, text[:_TOP]):
        return False
    return "list-unsubscribe" in headers or _LEAVE.search(text[:_FOOT]) is not None


def speaks_to_one(text: str) -> bool:
    """Sentences with hardly a link; who writes to many has many, and says how to leave."""
    read = text if len(text) <= _FOOT else f"{text[:_TOP]}\n{text[-_FOOT:]}"
    links = sum(1 for _ in islice(_LINK.finditer(read), _MANY_LINKS))
    return is_said(text[:_TOP]) and links < _MANY_LINKS and not _LEAVE.search(read)


def _is_by_one(headers: Headers, beginning: str) -> bool:
    sender = first_address(headers, ("from",))
    marked = any(name in headers for name in ("feedback-id", "precedence", *_CAMPAIGN))
    return not marked and by_exchange(headers) and ends_with_name(sender, beginning)


def names_a_reader(headers: Headers, beginning: str) -> bool:
    """A web form or a helpdesk writes for a person, and says where to answer."""
    sender = first_address(headers, ("from",)).email
    answers = first_address(headers, ("reply-to",)).email
    return (bool(answers) and answers != sender) or _FORM_FIELD.search(beginning) is not None
