"""Delivery failures: how one is told, how hard it is, and which of our mails it is about."""

import re
from dataclasses import dataclass

from tickets.inbound.email.addresses import first_address
from tickets.inbound.email.headers import Headers, split_headers
from tickets.inbound.email.identity import message_ids
from tickets.inbound.email.mime import Part, enclosed
from tickets.inbound.email.parameters import media_type

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ENCLOSED_TYPES = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
)
_DAEMON = re.compile(
    r"(?:mailer|mail|e-?mail|smtp)[-_. ]?(?:er)?[-_. ]?daemon|post-?master|mdaemon|mmdf"
    r"|mail[-_. ]?(?:delivery|deliver)[-_. ]?(?:sub)?system",
    re.IGNORECASE,
)
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
    r"|delivery status)",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"^\s*(?:re|aw|sv|rv|fwd?|wg|tr)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
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
    sender = first_address(headers, ("from", "sender"))
    local = sender.email.partition("@")[0]
    return bool(_DAEMON.match(local) or _DAEMON_NAME.search(sender.name))


def is_bounce_subject(subject: str) -> bool:
    """The subject is one that mail servers give to a failure."""
    return not _ANSWERED.match(subject) and _SUBJECT.search(subject[:500]) is not None


def bounce_signal(root: Part, *, null_path: bool) -> str:
    """What tells that the mail is a delivery report, "" when nothing does."""
    headers, subject = root.headers, root.headers.text("subject")
    # Not `root.media_type`: a report that was cut has no parts and is read as text.
    declared = media_type(headers.raw("content-type"), "")[0]
    parts = list(root.walk())
    report = root.parameters.get("report-type", "").lower()
    if any(part.media_type in _STATUS_TYPES for part in parts):
        return "a delivery-status part"
    if declared == "multipart/report" and report in ("", "delivery-status"):
        return "multipart/report"
    if "x-failed-recipients" in headers:
        return "X-Failed-Recipients"
    if "x-ms-exchange-message-is-ndr" in headers:
        return "X-MS-Exchange-Message-Is-Ndr"
    if is_daemon(headers) and (null_path or is_bounce_subject(subject)):
        return "from a mail server, with a bounce's subject or no return path"
    automatic = headers.token("auto-submitted") not in ("", "no", "auto-forwarded")
    if is_bounce_subject(subject) and (null_path and automatic):
        return "a bounce's subject, no return path and Auto-Submitted"
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
