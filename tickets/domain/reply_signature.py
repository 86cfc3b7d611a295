"""Where the signature of a mail begins: the delimiter, "Sent from my iPhone", a list's footer."""

import re

from tickets.domain.reply_headers import is_rule

_DELIMITER = re.compile(r"^(?:-- ?|--\xa0|—)\s*$")
_MAX_SIGNATURE = 15
_DEVICE = (
    r"i-?phon\w*|i-?pad\w*|i-?pod|android|samsung|galaxy|black-?berry|huawei|xiaomi|motorola|nokia|sony|htc"
    r"|pixel|oneplus|oppo|realme|outlook|hotmail|gmail|yahoo|proton\s?mail|proton|aol|windows"
    r"|mailbird"
    r"|m[óo]vil|celular|smartphone|handy|mobil\w*|mobile|tablet|tel[ée]fono|t[ée]l[ée]phone"
    r"|telefon\w*"
    r"|telef[oó]n|phone|dispositivo|device|appareil|ger[äa]t|apple watch|superhuman|spark"
    r"|airmail|mutt"
    r"|newton|bluemail|blue mail|nine|correo|mail"
)
_SENT = re.compile(
    r"^[\s*_(\[<-]{0,6}(?:sent|send|enviado|enviada|enviat|bidalia|envoy[ée]|gesendet|von meinem"
    r"|diese (?:nachricht|e-?mail|mail) wurde (?:von|mit)"
    r"|inviato"
    r"|verzonden|verstuurd|skickat|skickades|sendt|l[äa]hetetty|wys[łl]an[eoy]|odesl[áa]no|отправлено"
    r"|trimis|napisane)\b.{0,30}?\b(?:"
    + _DEVICE
    + r")\b.{0,60}$|^[\s*_(\[<-]{0,6}(?:get|obtener|obt[ée]n|descarga|descargar"
    r"|t[ée]l[ée]charge[rz]|"
    r"holen sie sich|scarica|ottieni|download|obter|baixe|hanki|h[äa]mta|skaffa|f[åa]|hent)\s"
    r"(?:\w+\s){0,2}"
    r"(?:outlook|yahoo|aol|bluemail|blue mail|spark|gmail|proton)\b.{0,80}$"
    r"|^[\s*_(\[<-]{0,6}outlook (?:f[üo]r|voor|für) (?:ios|android)\b.{0,60}"
    r"(?:beziehen|downloaden|herunterladen)"
    r"|^[\s*_(\[<-]{0,6}my mobile:|^[\s*]{0,4}\w{2,20}から送信|^(?:发|發)自我的|에서 보냄\W*$"
    r"|^diese e-?mail wurde von .{0,40}gesendet",
    re.IGNORECASE,
)
# "-Bob Baker", as people on lists sign.
_SIGNED = re.compile(r"^-{1,2} ?[A-Z][\w.'’]{1,20}(?: [A-Z][\w.'’-]{0,20}){0,3}\s*$")
_LIST_FOOTER = re.compile(
    r"mailing list|lista de correo|unsubscribe|darse de baja|you received this message because"
    r"|has recibido este mensaje porque|mailman/listinfo",
    re.IGNORECASE,
)
_LINK = re.compile(r"\s*<?https?://\S+>?\s*")


def without_signature(lines: list[str]) -> list[str]:
    """The lines before the signature; all of them when nothing but the signature would be cut."""
    for at, line in enumerate(lines):
        if at and _begins(lines, at, line):
            kept = lines[:at]
            if any(each.strip() for each in kept):
                return kept
    return lines


def _begins(lines: list[str], at: int, line: str) -> bool:
    if len(line) > 200 or not line.strip():
        return False
    if len(line) < 8 and _DELIMITER.match(line):
        # Only the delimiter with its blank is sure; others also divide a text.
        return line == "-- " or _short(lines, at + 1)
    if _SIGNED.match(line):
        return _is_signed(lines, at)
    if _SENT.match(line):
        return _nothing_more(lines, at + 1)
    if is_rule(line):
        return len(lines) - at <= _MAX_SIGNATURE and any(
            _LIST_FOOTER.search(each[:300]) for each in lines[at + 1 : at + 5]
        )
    return False


def _is_signed(lines: list[str], at: int) -> bool:
    """A dash and a name end the text; in a list, other items stand before it."""
    before = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    if before.lstrip()[:1] in ("-", "*", "\u2022", "\u2013") or before.rstrip().endswith(":"):
        return False
    rest = [line for line in lines[at + 1 : at + _MAX_SIGNATURE] if line.strip()]
    return not rest or is_rule(rest[0])


def _short(lines: list[str], start: int) -> bool:
    """Few short lines are left: looks at 60 at most, so that hostile text stays cheap."""
    rest = lines[start : start + 4 * _MAX_SIGNATURE]
    return (
        len(lines) - start <= len(rest)
        and sum(1 for line in rest if line.strip()) <= _MAX_SIGNATURE
        and all(len(line) <= 200 for line in rest)
    )


def _nothing_more(lines: list[str], start: int) -> bool:
    """What follows at once is blank, a link, a delimiter or another such line."""
    following = lines[start : start + 3]
    return _short(lines, start) and all(
        not line.strip()
        or _SENT.match(line[:200])
        or _LINK.fullmatch(line[:500])
        or _DELIMITER.match(line)
        for line in following
    )
