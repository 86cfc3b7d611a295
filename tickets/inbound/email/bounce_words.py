"""How mail servers word a failure, in their subjects and texts; data in many languages."""

import re

from tickets.inbound.email.late_pattern import LatePattern

_SUBJECTS = (
    # English, as most servers write whatever their country
    r"undeliver(?:able|ed|y)|non[- ]?deliver(?:able|y|ed)|\bndn\b"
    r"|(?:mail |message |e-?mail )?delivery (?:status|has (?:failed|been)|failure|failed|fail\b"
    r"|report|problem|error|unsuccessful|delayed|notification|incomplete|rejected|is delayed"
    r"|temporar|impossible|attempt)"
    r"|(?:mail|message|e-?mail|your message|your mail)\b.{0,60}?(?:"
    r"(?:could|can|was|were|has|have|is)(?:n[o'’]t| ?not)(?: been| be)? (?:sent|delivered)"
    r"|delivery (?:failed|failure)|undeliver(?:able|ed)|delayed|rejected|returned|not sent"
    r"|returned to sender|bounced)"
    r"|return(?:ed)? (?:of )?(?:mail|e-?mail|message)|(?:mail|message) returned"
    r"|return(?:ing|ed)? (?:message )?to sender"
    r"|(?:mail|message|delivery|e-?mail|recipient) (?:failure|not delivered|blocked|delivery"
    r"|system error|error|transmission failed|send failure|rejected|reject|undelivered|warning)"
    r"|(?:user|recipient|mailbox|address|addressee) (?:unknown|not found|full|unavailable|invalid)"
    r"|(?:unknown|invalid|no such) (?:user|recipient|address)"
    r"|(?:error|problem|trouble) (?:while )?(?:sending|delivering)|failure notif"
    r"|(?:can|could|was|did)(?: ?n[o'’]t|['’]t| not) (?:be )?(?:send|sent|deliver|delivered)\b"
    r"|delivery (?:retry|expired)|failed to (?:deliver|send)|fail(?:ed|ure)? (?:mail|delivery"
    r"|message|notice|notification)|failure to deliver|delivery to .{1,80} (?:failed|delayed)"
    r"|un(?:able|successful) (?:to )?(?:deliver|send)|delivery status|bounce\]|\bbounced? (?:mail"
    r"|message|e-?mail|action)|(?:mail|message|delivery) (?:delayed|deferred|delay)\b"
    r"|warning(?: ?[:.-])? .{0,30}delay|complaint about message from|still being retried"
    # German, Dutch, the North
    r"|unzustellbar|nicht zustellbar|nicht zugestellt|zustell(?:ung|fehler|bericht|problem)"
    r"|(?:mail|nachricht|sendung).{0,20}(?:fehlgeschlagen|verz[öo]gert)|unzustellbarkeit"
    r"|onbestelbaar|niet (?:bezorgd|afgeleverd|verzonden)|niet worden (?:bezorgd|afgeleverd)"
    r"|kunne ikke leveres|kunde inte (?:levereras|skickas)|gick inte att leverera|olevererba"
    r"|kan (?:ikke|inte) levere|ikke leveret|ei toimitettavissa|ei voitu toimittaa"
    r"|toimit(?:us|taminen) ep[äa]onnistui"
    # Spanish, Catalan, Portuguese, French, Italian, Romanian
    r"|no se (?:puede|pudo|ha podido) entregar|no entregad[oa]|mensaje no (?:entregado|enviado)"
    r"|(?:error|fallo|notificaci[oó]n|informe|problema).{0,20}(?:de|en la|en el) (?:entrega"
    r"|env[ií]o)|correo (?:devuelto|no entregado|rechazado)|devuelto al remitente"
    r"|entrega (?:fallida|retrasada|demorada)|estado de (?:la )?entrega|no s['’]ha pogut lliurar"
    r"|non (?:remis|livr[ée]|distribu[ée])|[eé]chec de (?:la |l['’])?(?:remise|distribution"
    r"|livraison|envoi)|avis de non|message (?:non d[eé]livr|rejet[ée]|retard[ée])"
    r"|retour (?:de courrier|[àa] l['’]exp[ée]diteur)|impossible de (?:remettre|distribuer|livrer)"
    r"|rapport de (?:remise|non)|non recapitabil|mancat[oa] (?:recapito|consegna)|non consegnat"
    r"|impossibile (?:recapitare|consegnare|inviare)|messaggio non (?:recapitato|consegnato"
    r"|inviato)|n[aã]o entreg|falha (?:na|de) entrega|mensagem (?:n[aã]o|devolvida)"
    r"|n[aã]o (?:é|foi|p[ôo]de ser) (?:poss[ií]vel )?entreg|entrega (?:falhou|com falha)"
    r"|nu (?:a putut fi livrat|s-a putut livra)|nelivrabil"
    # the East of Europe, Turkish, Greek
    r"|niedostarczon|niedostarczaln|nie mo[żz]na dostarczy[ćc]|nie dostarczono|nedoručiteln"
    r"|nedoru[čc]en|nebylo mo[žz]n[ée] doru[čc]it|k[ée]zbes[íi]thetetlen|teslim edil(?:e)?me"
    r"|iletilemedi|iletilemez|δεν παραδόθηκε|αδυναμία παράδοσης"
    r"|не удается доставить|не удалось доставить|недоставлен|не доставлен|не может быть доставлен"
    r"|ошибка доставки|возврат (?:письма|почты)|не було доставлено|недоставка"
)
# In scripts without blanks between words they stand anywhere.
_FAR_EASTERN = (
    r"配信(?:不能|エラー|でき|に失敗)|配送(?:エラー|失敗|でき|不能)|送信(?:エラー|失敗|でき)"
    r"|宛先不明|不達|返送|エラーメール|退信|退件|投递失败|发送失败|未送达|未送達|未能送达"
    r"|[无無]法(?:送达|送達|传递|傳遞|投递|投遞|发送)|배달(?:되지 않음| 실패)|전송 ?실패|반송"
)
SUBJECT = LatePattern(rf"(?<!\w)(?:{_SUBJECTS})|{_FAR_EASTERN}", re.IGNORECASE)
ANSWERED = LatePattern(
    r"^\s*(?:re|aw|sv|rv|fwd?|wg|tr|antw|vs|rif|res|odp|doorst|fw|i|enc)\s*(?:\[\d+\]"
    r"|\^\d+)?\s*[:：]",
    re.IGNORECASE,
)

# Words of mail servers alone; what was not delivered elsewhere is told in others.
PLAIN_SUBJECT = LatePattern(
    r"^\W{0,4}(?:undeliver(?:able|ed) (?:mail|message|e-?mail)|undelivered\W*$|returned mail"
    r"|mail (?:delivery (?:failed|failure|system|subsystem)|system error)|failure notice"
    r"|delivery status notification|non-?delivery (?:report|notification|receipt))",
    re.IGNORECASE,
)

# A code of SMTP, or words that go with one; what people say about calls is not among them.
_CODES = (
    r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])|\b(?:421|45[0-5]|5[05]\d|52[13]|541)[ -][^\d\s]"
)
_HARD = (
    r"un(?:known|route?able|deliverable) (?:user|address|recipient|mailbox|domain|host|local"
    r"|account|mail domain)"
    r"|(?:user|recipient|mailbox|address|account|host|domain)(?:\(s\)|s)?"
    r"(?: \S{1,100}@\S{1,100})?[ :'\"]{1,3}(?:name )?(?:is |are |was |has been )?"
    r"(?:unknown|not (?:found|known|valid|recogni[sz]ed|listed|exist|local|allowed|active"
    r"|registered|unique)|invalid|rejected|disabled|inactive|unrouteable|suspended|closed|denied"
    r"|does(?:n[o'’]t| not) exist|doesn't have|couldn['’]t be found|wasn['’]t found|ambiguous"
    r"|no longer (?:active|valid|available|exists?))"
    r"|no such (?:user|mailbox|recipient|address|account|person|domain|local|host|alias)"
    r"|invalid (?:recipient|mailbox|address|user|domain)|not listed in|no mailbox (?:here|found)"
    r"|(?:permanent|fatal) (?:fatal |delivery )?(?:error|failure)|failed permanently"
    r"|does(?:n[o'’]t| not) (?:exist|have an? \S{1,40} account)|is not a (?:valid|known|member)"
    r"|rel(?:ay|aying) (?:not |access )?(?:denied|permitted|allowed)|relaying denied|spam|blocked"
    r"|(?:message|mail) (?:was |has been |is )?(?:rejected|refused|too (?:large|big))"
    r"|(?:access|permission|policy) (?:denied|violation|reasons)|size (?:limit )?exceed"
    r"|no mx|nxdomain|unroutable|null mx|rejected (?:recipient|the|by|your)|bad destination"
    r"|may not exist|désactivé|inconnu"
    r"|n['’]existe pas|no existe|desconocid|unbekannt|existiert nicht|sconosciut"
    r"|inesistente|n[ãa]o existe|bestaat niet|onbekend|не существует|не найден|nie istnieje"
    r"|neexistuje|не знайдено|okänd|ukendt|ukjent|tuntematon|存在しません|見つかりません"
    r"|不存在|宛先不明|존재하지"
)
_SOFT = (
    r"(?:mail)?box(?: \S{1,100})?[ :](?:is |are |has )?(?:almost |currently )?(?:full|over"
    r"|exceeded)"
    r"|(?:over|exceeds?|exceeded|exceeding|out of|insufficient|disk) "
    r"(?:the |its |their |his |your |allowed |disk |storage |mailbox |system )*(?:quota|storage"
    r"|space"
    r"|limit)|quota (?:has been )?(?:exceeded|full|violation)|storage (?:is )?full"
    r"|temporar(?:y|ily)|try again|will retry|timed? ?out|connection (?:refused|reset|lost|dropped)"
    r"|not responding|unreachable|host (?:is )?down|too (?:many|much) |deferred|greylist|retry"
    r"|resources? (?:temporarily )?(?:unavailable|restricted)|too busy|rate limit"
    r"|buz[óo]n.{0,30}(?:lleno|llena)|cuota|bo[îi]te.{0,30}pleine|quota|postfach.{0,30}voll"
    r"|casella.{0,30}piena|caixa.{0,30}cheia|vol\b.{0,20}postvak|skrzynka.{0,30}pełna|переполнен"
    r"|いっぱい|容量|已满|已滿|가득"
)
_FAILED = (
    r"(?:could|can|was|were|has|have|did|is|are)(?: ?n[o'’]t| ?not)(?: yet)?(?: been| be)? "
    r"(?:sent|send|deliver|reach|transmitted|accepted|relayed|handled)"
    r"|(?:un|wasn['’]t |not )able to (?:deliver|send|be deliver)|undeliver|nondeliver"
    r"|delivery (?:has |was |is |attempt )?(?:to .{1,80} )?(?:fail|not possible|impossible|delayed"
    r"|unsuccessful|abandoned|problem)|fail(?:ed|ure) (?:to deliver|recipient|to send|in deliver)"
    r"|(?:had|have|has) (?:permanent|transient|delivery) .{0,20}(?:error|problem)"
    r"|transcript of session|delivery problems|gave up|giving up|returned (?:to (?:you|the sender"
    r"|sender)|mail|by)|return(?:ing)? (?:it|message|mail|your)|trouble delivering"
    r"|problems? (?:deliver|send)ing|errors? (?:occurred )?(?:while |when )?(?:deliver|send"
    r"|attempt)"
    r"|an error has occurred|failed recipient|failure reasons|rejected recipient|bounced"
    r"|(?:original|undelivered|unsent) message (?:follows|attached|is|was|headers)"
    r"|\"(?:notification|event)type\" ?: ?\"bounce"
    r"|no (?:se )?(?:ha |pudo|puede|podido|fue|pudimos).{0,30}entreg|no s['’]ha pogut"
    r"|pas (?:pu|été|pu être).{0,30}(?:remis|distribu|livr|envoy|achemin)|pas été possible"
    r"|nicht (?:zu(?:ge)?stell|ausgeliefert|übermittelt|erreicht|gesendet)|konnte.{0,60}nicht"
    r"|non.{0,30}(?:recapitat|consegnat|possibile)|n[ãa]o.{0,30}(?:entreg|enviad)"
    r"|niet.{0,30}(?:bezorgd|afgeleverd|verzonden)|inte (?:levereras|nå)|ikke.{0,20}leveres"
    r"|nie.{0,30}dostarcz|neby(?:lo|la|l).{0,30}doru|nu a putut|iletilemedi|teslim edilemedi"
    r"|не (?:удалось|был[оа]?|может быть).{0,30}(?:достав|отправ)"
    r"|(?:配信|送信|配送|届ける)(?:する)?(?:ことが)?でき|配信に失敗|配送不能|届きませんでした"
    r"|[无無]法(?:投递|投遞|送达|送達|发送)|退回|被拒|未能送|배달하지 못|전송하지 못|전송 ?실패"
)
FAILURE = LatePattern(rf"{_CODES}|{_HARD}|{_SOFT}|{_FAILED}", re.IGNORECASE)
# What a report has, and what a person's complaint about goods or calls has not.
PROOF = LatePattern(
    rf"{_CODES}|^\W{{0,4}}(?:message-id|received): ?\S"
    r"|(?:deliver(?:ed|y)?|sent|reach(?:ed)?)(?: to)?:?(?: the following \S{1,40})?:?\s{1,4}"
    r"[<\[\"']?[^\s@<>]{1,64}@[^\s@<>]{3,255}",
    re.IGNORECASE | re.MULTILINE,
)
# Domino's reports have nothing else: no part, no sender that is known, no empty return path.
OF_DOMINO = LatePattern(
    r"^Your (?:document|message):.{0,400}\n\W{0,4}was not delivered to:.{0,400}\n\W{0,4}because:",
    re.MULTILINE,
)
HARD = LatePattern(_HARD, re.IGNORECASE)
SOFT = LatePattern(_SOFT, re.IGNORECASE)

# The server goes on trying: the mail may still arrive.
DELAYED_SUBJECT = LatePattern(
    r"delay|deferred|still being retried|\bwarning\b|retras|demorad|aplazad|retard|verz[öo]ger"
    r"|versp[äa]t|vertraag|f[öo]rsen|forsink|opó[źz]n|zpo[žz]d|ritard|atrasad|adiad|задерж|отложен"
    r"|遅延|延迟|延遲|지연",
    re.IGNORECASE,
)
DELAYED_TEXT = LatePattern(
    r"warning message only|do(?:es)? not need to (?:resend|re-?send|be resent)|need not resend"
    r"|no action is (?:required|needed)|(?:delivery )?attempts? (?:to deliver .{0,40})?will "
    r"(?:continue|be repeated)|will (?:keep|continue|go on) (?:on )?(?:trying|to (?:try"
    r"|attempt|be tried))|will be (?:retried|tried again)|still (?:trying|being retried|queued)"
    r"|will try (?:again|to (?:deliver|send)) |not yet (?:been )?delivered|has been delayed"
    r"|delivery (?:is|was|has been) delayed|wird weiter(?:hin)? versucht|weitere zustellversuche"
    r"|se seguir[áa] intentando|continuar[áa] (?:intentando|tentando)|continuer(?:a|ons|ont)"
    r"|nouvelles tentatives|ulteriori tentativi|wordt .{0,30}opnieuw geprobeerd|再試行|再送"
    r"|попытки .{0,40}продолж",
    re.IGNORECASE,
)
