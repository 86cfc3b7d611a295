"""Delivery failures: how one is told, how hard it is, and which of our mails it is about."""

import re
from dataclasses import dataclass
from itertools import islice

from tickets.inbound.email.addresses import Address, addresses
from tickets.inbound.email.headers import Headers, split_headers
from tickets.inbound.email.identity import message_ids
from tickets.inbound.email.mime import Part, enclosed
from tickets.inbound.email.parameters import media_type

RECEIPT_TYPES = frozenset({"message/disposition-notification", "message/feedback-report"})
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ENCLOSED_TYPES = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
)
_DAEMON = re.compile(
    r"(?:mailer|mail|e-?mail|smtp)[-_. ]?(?:er)?[-_. ]?daemon|post[-_]?master|mdaemon|mmdf"
    r"|mail[-_. ]?(?:delivery|deliver)[-_. ]?(?:sub)?system",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(r"mail(?:er)?[-_. ]?daemon", re.IGNORECASE)
_DAEMON_NAME = re.compile(
    r"^(?:mail|e-?mail|internet mail)? ?(?:delivery|administrator|router) ?(?:sub-?system|system|"
    r"service|daemon|agent)|^mailer[- ]daemon|^postmaster|^system administrator|^microsoft outlook$"
    r"|^mail administrator|^administrador del sistema|^microsoft exchange",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(?:undeliver(?:able|ed)|non[- ]?deliver(?:able|y)|no se puede entregar|no entregado"
    r"|(?:mail |message |e-?mail )?delivery (?:status notification|has failed|failure|failed|"
    r"report|problem|error|unsuccessful|delayed|notification|incomplete)"
    r"|(?:mail|message|e-?mail|your message|your mail)\b.{0,60}?(?:"
    r"(?:could|can|was|were|has|have)(?:n[o'’]t| ?not)(?: been| be)? (?:sent|delivered)"
    r"|delivery (?:failed|failure)|undeliver(?:able|ed)|delayed|rejected"
    r"|returned to sender|bounced)"
    r"|returned (?:mail|e-?mail|message)|mail returned|returning message to sender"
    r"|(?:mail|message|delivery) (?:failure|not delivered|blocked|delivery|system error)"
    r"|(?:user|recipient|mailbox|address) (?:unknown|not found|full|unavailable)"
    r"|error (?:sending|delivering)|can(?:n[o'’]t|['’]t) (?:send|deliver)"
    r"|delivery (?:retry|expired)"
    r"|(?:konnte|kann) nicht zugestellt|retour [àa] l['’]exp[ée]diteur|配信(?:不能|エラー)|退信"
    r"|failure (?:notice|notification|delivery)|failed (?:mail|delivery|message)"
    r"|delivery to .{1,80} failed|could ?n[o'’]t (?:send|deliver)|unable to deliver"
    r"|unzustellbar|nicht zustellbar|zustell(?:ung|fehler)|mail(?:zustellung)? fehlgeschlagen"
    r"|(?:error|fallo|notificaci[oó]n).{0,20}(?:de|en la) (?:entrega|env[ií]o)|correo devuelto"
    r"|mensaje no entregado|devuelto al remitente|entrega fallida|estado de entrega"
    r"|non remis|[eé]chec de (?:la )?(?:remise|distribution|livraison)|message non d[eé]livr"
    r"|avis de non[- ]remise|retour de courrier"
    r"|mancato recapito|impossibile (?:recapitare|consegnare)"
    r"|messaggio non (?:recapitato|consegnato)"
    r"|n[aã]o entregue|falha na entrega|mensagem n[aã]o"
    r"|onbestelbaar|niet bezorgd|kunne ikke leveres|kunde inte levereras|niedostarczon|nedoručiteln"
    r"|delivery status|bounce\]|failure to deliver|no se pudo entregar|no s['’]ha pogut lliurar"
    r"|n[aã]o (?:é|foi|pôde ser) (?:poss[ií]vel )?entreg|gick inte att leverera|olevererba"
    r"|kan ikke leveres|niedostarczaln|nie mo[żz]na dostarczy[ćc]|ei toimitettavissa"
    r"|toimit(?:us|taminen) ep[äa]onnistui|teslim edileme|iletilemedi|k[ée]zbes[íi]thetetlen"
    r"|nu (?:a putut fi livrat|s-a putut livra)|kunde inte skickas"
    r"|не удается доставить|не удалось доставить|недоставлен|не доставлено"
    r"|未送达|未送達|无法(?:送达|传递|投递)|無法(?:送達|傳遞|投遞)|送信エラー"
    r"|배달(?:되지 않음| 실패))",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"^\s*(?:re|aw|sv|rv|fwd?|wg|tr)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
# What the text of a report says, next to its codes.
_FAILURE = re.compile(
    r"\b[45]\.\d{1,3}\.\d{1,3}\b|\b(?:45\d|5[05]\d)[ -][^\d\s]"
    r"|un(?:known|routeable) (?:user|address)"
    r"|(?:user|recipient|mailbox|address|host) (?:is )?(?:unknown|not found|full|unavailable|over)"
    r"|(?:could|can|was|were|has|have)(?:n[o'’]t| ?not)(?: yet)?(?: been| be)? (?:sent|deliver)"
    r"|(?:un|wasn['’]t )able to (?:deliver|send)|delivery (?:has )?(?:to .{1,80} )?failed|undeliver"
    r"|no such (?:user|mailbox|recipient)|(?:permanent|fatal) (?:fatal )?error|does not exist",
    re.IGNORECASE,
)
_STATUS_LINE = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_REPLY_LINE = re.compile(r"(?:^|[\s:'\"(])([45])\d\d[\s-]")
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
_TEXT_ID = re.compile(r"^\W{0,4}Message-ID:\s*(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_TEXT_SCANNED = 100_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery that failed; `hardness` is hard, soft or None when the mail does not say."""

    reason: str
    hardness: str | None
    message_ids: tuple[str, ...]


def is_daemon(headers: Headers) -> bool:
    """The mail says that a mail server wrote it."""
    return any(
        _DAEMON.match(each.email.partition("@")[0]) or _DAEMON_NAME.search(each.name)
        for each in _senders(headers)
    )


def is_mailer_daemon(headers: Headers) -> bool:
    """The sender's name is one that no person has, unlike `postmaster`."""
    locals_of = (each.email.partition("@")[0] for each in _senders(headers))
    return any(_NO_PERSON.fullmatch(local) for local in locals_of)


def _senders(headers: Headers) -> list[Address]:
    """The first From, or the first Sender; it may be a name alone."""
    found = (address for raw in headers.raw_all("from", "sender") for address in addresses(raw))
    return list(islice(found, 1))


def is_bounce_subject(subject: str) -> bool:
    """The subject is one that mail servers give to a failure."""
    return not _ANSWERED.match(subject) and _SUBJECT.search(subject[:500]) is not None


def bounce_signal(root: Part, text: str, *, null_path: bool) -> str:
    """What tells that the mail is a delivery report, "" when nothing does; `text` is its body."""
    headers, subject = root.headers, root.headers.text("subject")
    # Not `root.media_type`: a report that was cut has no parts and is read as text.
    declared = media_type(headers.raw("content-type"), "")[0]
    parts = list(root.walk())
    report = root.parameters.get("report-type", "").lower()
    if any(part.media_type in _STATUS_TYPES for part in parts):
        return "a delivery-status part"
    receipt = any(part.media_type in RECEIPT_TYPES for part in parts)
    if declared == "multipart/report" and report in ("", "delivery-status") and not receipt:
        return "multipart/report"
    if "x-failed-recipients" in headers:
        return "X-Failed-Recipients"
    if "x-ms-exchange-message-is-ndr" in headers:
        return "X-MS-Exchange-Message-Is-Ndr"
    if is_daemon(headers) and (null_path or is_bounce_subject(subject)):
        return "from a mail server, with a bounce's subject or no return path"
    return _signal_of_text(headers, subject, text[:_TEXT_SCANNED], null_path=null_path)


def _signal_of_text(headers: Headers, subject: str, text: str, *, null_path: bool) -> str:
    """Reports in prose, from servers whose subjects or names we do not know."""
    failure = _FAILURE.search(text) is not None
    if failure and is_mailer_daemon(headers):
        return "from a mail server, about a failure"
    automatic = headers.token("auto-submitted") not in ("", "no", "auto-forwarded")
    # A null path alone says nothing: some mailboxes store people's mails so.
    if null_path and (automatic or failure) and is_bounce_subject(subject):
        return "a bounce's subject, no return path and a failure"
    return ""


def only_delivered(root: Part) -> bool:
    """The report says that the mail did arrive: a receipt, no failure."""
    actions = [fields.token("action") for fields in _status_fields(root)]
    named = [action for action in actions if action]
    return bool(named) and all(action in _DELIVERED for action in named)


def read_bounce(root: Part, reason: str, text: str) -> Bounce:
    """The details of a mail that is a bounce; `text` is its body."""
    return Bounce(
        reason=reason, hardness=_hardness(root, text), message_ids=_original_ids(root, text)
    )


def _status_fields(root: Part) -> list[Headers]:
    """The blocks of a delivery status: one about the mail, one for each recipient."""
    blocks: list[Headers] = []
    for part in root.walk():
        if part.media_type not in _STATUS_TYPES:
            continue
        content = part.content()
        at = 0
        while at < len(content) and len(blocks) < 1000:
            headers, stop = split_headers(content, at, len(content))
            blocks.append(headers)
            at = max(stop, at + 1)
    return blocks


def _hardness(root: Part, text: str) -> str | None:
    found: set[str] = set()
    for fields in _status_fields(root):
        action = fields.token("action")
        status = _STATUS_LINE.search(fields.text("status"))
        if action == "delayed":
            found.add("4")
        elif status is not None and status.group(1) != "2":
            found.add(status.group(1))
        elif action == "failed":
            found.add("5")
    if not found:
        scanned = f"{root.headers.text('subject')}\n{text[:_TEXT_SCANNED]}"
        codes = _STATUS_LINE.findall(scanned) or _REPLY_LINE.findall(scanned)
        found = {code for code in codes if code != "2"}
    if "5" in found:
        return "hard"
    return "soft" if found else None


def _original_ids(root: Part, text: str) -> tuple[str, ...]:
    """Ids of the mail that failed: what the report names, what it encloses, what it quotes."""
    found: list[str] = []
    for part in root.walk():
        if part.media_type in _ENCLOSED_TYPES:
            found += message_ids(enclosed(part).raw_all("message-id", "x-original-message-id"))
    for fields in _status_fields(root):
        found += message_ids(fields.raw_all("original-message-id", "x-original-message-id"))
    found += message_ids(root.headers.raw_all("original-message-id", "x-original-message-id"))
    if not found:
        found += message_ids(_TEXT_ID.findall(text[:_TEXT_SCANNED]))
    found += message_ids(root.headers.raw_all("in-reply-to", "references"))
    return tuple(dict.fromkeys(found))
