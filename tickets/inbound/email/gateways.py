"""Notices of mail filters, content gateways, fax and SMS gateways: about our mail, or a digest."""

import re

from tickets.inbound.email.addresses import first_address
from tickets.inbound.email.automatic_words import CALENDAR_ANSWER
from tickets.inbound.email.bounce_words import ANSWERED, FAILURE, SUBJECT
from tickets.inbound.email.daemons import is_daemon, is_robot
from tickets.inbound.email.headers import Headers
from tickets.inbound.email.mailings import names_a_reader
from tickets.inbound.email.people import asks, by_hand, greets, writes_a_letter
from tickets.inbound.email.phrases import said

_GATEWAY = re.compile(
    r"quarant|[ck]arant[eèiä]|карантин|隔離|隔离|격리|spam|filter|gateway|scanner"
    r"|mail ?(?:guard|protect"
    r"|security|marshal|sweeper|control|cleaner|shield|watch|defen[cs]e|wall)|messag(?:e"
    r"|ing) (?:center"
    r"|security)|interscan|imss|imsva|mimesweeper|mimecast|barracuda|proofpoint|ironport"
    r"|fortimail"
    r"|sophos|hornet|antigena|retarus|e-?mail security|dlp|content (?:policy|control|filter)"
    r"|(?:^|[\W_])(?:e?fax|t[eé]l[eé]copie|faks|факс|sms|mms|ucapture)(?:[\W_]|$|server|gate"
    r"|service|dienst|out)"
    r"|2(?:fax|sms)|fax2|sms2|virus|policy|postbud",
    re.IGNORECASE,
)
# The head of the mail that did not arrive, as a notice tells it.
_LABEL = re.compile(
    r"^\W{0,6}(?:to|from|cc|recipients?|sender|subject|date|time|sent|reason|rule|policy"
    r"|action|status"
    r"|destination|number|pages|attempts|tries|attachment|file(?:name)?|message[- ]?id|job"
    r"|queue id"
    r"|an|von|absender|empf[äa]nger|betreff|datum|grund|regel|aktion|seiten|versuche|rufnummer"
    r"|auftrag"
    r"|anhang|de|para|destinat\w{2,6}|remitente|remetente|asunto|assunto|fecha|data|motiu?vo?"
    r"|motif|objet"
    r"|exp[ée]diteur|a|à|pages?|p[áa]gin\w{1,2}|intentos|tentativ\w{1,3}|mittente|oggetto"
    r"|regola|naar"
    r"|aan|van|ontvanger|afzender|onderwerp|reden|til|till|mottagare|modtager|mottaker"
    r"|vastaanottaja"
    r"|[äa]mne|emne|aihe|syy|orsak|[åa]rsak|[åa]rsag|odbiorca|nadawca|temat|pow[óo]d"
    r"|p[řr][íi]jemce"
    r"|odes[íi]latel|odosielate[ľl]|pr[íi]jemca|p[řr]edm[ěe]t|predmet|d[ůuô]vod|c[íi]mzett"
    r"|felad[óo]"
    r"|t[áa]rgy|ok|primatelj|prejemnik|zadeva|razlog|кому|от|тема|получатель|отправитель|причина"
    r"|одержувач|причина|получател|προς|θέμα|παραλήπτης|αιτία|al[ıi]c[ıi]|konu|neden|g[öo]nderen"
    r"|宛先|件名|送信者|受信者|理由|日時|받는 ?사람|수신자|제목|사유|收件人|主[题題旨]|原因"
    r"|发件人|寄件者)"
    r"(?: ?[/(][^\n:：]{1,40})?\s{0,12}[:：][ \t]*\S",
    re.IGNORECASE | re.MULTILINE,
)
_WHOM = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{3,255}|\+?\d[\d ()/-]{6,20}\d")
_FORM = re.compile(
    r"^\W{0,6}(?:your |su |tu |ihre )?(?:e-?mail|correo|courriel|mail|reply[- ]?to)"
    r"(?: [\w-]{1,20})?\s*:\s*\S{1,64}@",
    re.IGNORECASE | re.MULTILINE,
)
_ROOM = re.compile(
    r"(?:^|[\W_])(?:(?:meeting|conference|board|besprechungs|konferenz|m[öo]tes?|m[øo]te"
    r"|kokous|huddle)?"
    r"[ ._-]?(?:room|raum|zimmer|rum|rom|lokale)|besprechung\w{0,8}|salle|sala|saal|zaal"
    r"|vergaderzaal"
    r"|neuvotteluhuone|sal[aą]|zasada\w{0,5}|t[áa]rgyal[óo]|переговорн\w{0,3}|toplanti|salon"
    r"|会議室"
    r"|會議室|会议室|회의실|resource|ressource|recurso|pool ?car|projector|beamer"
    r"|equipment)(?:$|[\W_\d])",
    re.IGNORECASE,
)
_SCANNED = 3000
_FIELDS = 2


def is_gateway(headers: Headers) -> bool:
    """The sender is a filter or a gateway by its name."""
    sender = first_address(headers, ("from", "sender"))
    return (
        _GATEWAY.search(f"{sender.name[:100]} {sender.email.partition('@')[0][:100]}") is not None
    )


def gateway_failure(headers: Headers, text: str) -> str:
    """What tells that a gateway did not pass on a mail of ours, "" when nothing does."""
    subject = headers.text("subject")[:300]
    beginning = text[:_SCANNED]
    if ANSWERED.match(subject) or by_hand(headers) or _is_of_a_form(headers, beginning):
        return ""
    machine = is_gateway(headers) or is_daemon(headers) or is_robot(headers)
    if not machine and ("in-reply-to" in headers or greets(beginning) or asks(beginning)):
        return ""
    named = said(subject).marks
    titled = SUBJECT.search(subject) is not None or not named.isdisjoint({"failed", "quarantine"})
    if not machine and not titled:
        return ""
    told = said(beginning).marks
    failed = "failed" in told or FAILURE.search(beginning) is not None
    if not failed or ("release" in told and "quarantine" in told | named and "ours" not in told):
        return ""
    fields = len(_LABEL.findall(beginning)) >= _FIELDS
    ours = "ours" in told | named
    whom = _WHOM.search(f"{subject}\n{beginning}") is not None
    if machine and whom and not writes_a_letter(beginning, proven=fields):
        marks = titled + fields + ours + (len(_LABEL.findall(beginning)) > _FIELDS)
        return "a gateway did not pass on a mail" if marks > 1 else ""
    if titled and fields and ours and whom:
        return "a notice about a mail that was not passed on"
    return ""


def _is_of_a_form(headers: Headers, beginning: str) -> bool:
    return names_a_reader(headers, "") or _FORM.search(beginning) is not None


def room_signal(headers: Headers, beginning: str) -> str:
    """A room, a desk or a car takes an invitation, or does not."""
    sender = first_address(headers, ("from",))
    named = f"{sender.name[:100]} {sender.email.partition('@')[0][:100]}"
    if not CALENDAR_ANSWER.match(headers.text("subject")[:100]) or asks(beginning):
        return ""
    room = _ROOM.search(named) is not None
    return "an answer of a room" if room and not greets(beginning) else ""


def quarantine_signal(headers: Headers, beginning: str) -> str:
    """A filter lists what it kept back."""
    gateway = is_gateway(headers)
    machine = gateway or is_robot(headers)
    if not machine or by_hand(headers) or (greets(beginning) and (asks(beginning) or not gateway)):
        return ""
    named, told = said(headers.text("subject")[:300]).marks, said(beginning).marks
    if "quarantine" not in told | named:
        return ""
    several = "quarantine" in named and "quarantine" in told
    return "a digest of a filter" if "release" in told or several else ""
