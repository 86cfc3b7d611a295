"""Who writes when no person does: mail servers, and robots that say that nobody reads them."""

import re
from itertools import islice

from tickets.inbound.email.addresses import Address, addresses, first_address
from tickets.inbound.email.headers import Headers

# What stands before the @ of a mail server. A postmaster may be a person too.
_DAEMON = re.compile(
    r"(?:mailer|mail|e-?mail|smtp|system)[-_. ]?(?:er)?[-_. ]?da?emon|post[-_. ]?master|mdaemon"
    r"|mmdf\b|mail[-_. ]?(?:delivery|deliver)(?:[-_. ]?(?:sub)?(?:system|service|agent))?\b"
    r"|delivery[-_. ]?(?:failure|status|notification|report|system|daemon)\b|mail[-_. ]?system\b"
    r"|undeliver(?:able|ed)|microsoftexchange[0-9a-f]{8}|mail[-_. ]?(?:router|robot|gateway)\b"
    r"|double-bounce\b|non-?delivery|complaints?-feedback",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(r"(?:mail(?:er)?|smtp)[-_. ]?da?emon|mdaemon", re.IGNORECASE)
_DAEMON_NAME = re.compile(
    r"^\W{0,3}(?:(?:internet |e-?)?mail ?(?:delivery|deliver|transport|transfer|administrator"
    r"|router|system|server|gateway|daemon)(?: (?:sub-?)?(?:system|service|daemon|agent|failure"
    r"|error|status|notification|report))?\W*$"
    r"|(?:internet |e-?)?mail (?:delivery|deliver) (?:sub-?)?(?:system|service|daemon|agent)"
    r"|mailer[- ]?daemon|daemon mailer|post-?master\b|microsoft outlook$|microsoft exchange"
    r"|delivery (?:sub-?system|system|agent|service|daemon|notification)|courier mail server"
    r"|system administrator|system attendant|system-?administrator|administrador d[eo]l? sistema"
    r"|administra(?:teur|dor) syst[eè]me|amministratore (?:di |del )?sistema|systeembeheerder"
    r"|systemansvarig|systemadministrat[öo]r|administrator systemu|j[äa]rjestelm[äa]nvalvoja"
    r"|системный администратор|системы доставки|システム管理者|系统管理员|系統管理員|시스템 관리자"
    r"|interscan (?:msss?|notification|e-?mail|virus)|メール配信|correo devuelto)",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(
    r"^(?:no|do[-_.]?not|dont|never)[-_.]?repl(?:y|ies)\b|^nao[-_.]?responda|^no[-_.]?responder?\b"
    r"|^no[-_.]?contestar?\b|^ne[-_.]?pas[-_.]?repondre|^nicht[-_.]?antworten|^bounces?\b|^noreply"
    r"|^keine[-_.]?antwort|^non[-_.]?rispondere|^nepasrepondre|^niet[-_.]?antwoorden",
    re.IGNORECASE,
)
# Accounts that machines write from, and people sometimes: never enough alone.
_ROBOT = re.compile(
    r"(?:admin(?:istrat(?:or|ion))?|sys-?admin|system|root|daemon|notif(?:y|ications?)?|alerts?"
    r"|robot|bot|mail|e-?mail|delivery|bounces?|server|mail-?server|gateway|relay|courier|filter"
    r"|anti-?spam|spam|anti-?virus|virus|smtp|majordomo|listserv|list-?proc|mailman|sympa|ezmlm"
    r"|cron|automailer|auto-?(?:reply|responder|mail)|quarantine|mailmarshal|staff|feedback|complaints?|fbl)"
    r"|owner-.+|.+-(?:owner|bounces?|request|admin|return.*|help)",
    re.IGNORECASE,
)

_MAX_FIELDS, _MAX_BYTES = 20, 8192


def is_daemon(headers: Headers) -> bool:
    """The mail says that a mail server wrote it; so does one whose sender is empty."""
    senders = _senders(headers)
    if any(
        _DAEMON.match(each.email.partition("@")[0]) or _DAEMON_NAME.search(each.name[:200])
        for each in senders
    ):
        return True
    written = (headers.raw("from") or b"").replace(b'"', b"").strip()
    return not senders and written in (b"<>", b"< >")


def is_mailer_daemon(headers: Headers) -> bool:
    """The sender's name is one that no person has, unlike `postmaster`."""
    locals_of = (each.email.partition("@")[0] for each in _senders(headers))
    return any(_NO_PERSON.fullmatch(local) for local in locals_of)


def is_robot(headers: Headers) -> bool:
    """The sender may be a machine: an account that people seldom have, or one nobody reads.

    A mail that names nobody at all counts too.
    """
    if "from" not in headers and "sender" not in headers:
        return True
    local = first_address(headers, ("from", "sender")).email.partition("@")[0]
    return bool(_ROBOT.fullmatch(local[:100]) or _NO_REPLY.match(local))


def is_no_reply(headers: Headers) -> bool:
    """The sender says that nobody reads answers."""
    sender = first_address(headers, ("reply-to", "from"))
    return _NO_REPLY.match(sender.email) is not None


def came_from_nowhere(headers: Headers) -> bool:
    """The envelope's sender was empty, or a mailbox shows it as a mail server's."""
    for raw in headers.raw_all("return-path"):
        sender = next(iter(addresses(raw[:_MAX_BYTES])), Address("", "")).email.partition("@")[0]
        return not sender or _NO_PERSON.fullmatch(sender) is not None
    return False


def _senders(headers: Headers) -> list[Address]:
    """The first From, or the first Sender; it may be a name alone."""
    raws = islice(headers.raw_all("from", "sender"), _MAX_FIELDS)
    found = (address for raw in raws for address in addresses(raw[:_MAX_BYTES]))
    return list(islice(found, 1))
