"""How machines word their mails: absence, receipts of requests, monitoring; data by language."""

import re

from tickets.inbound.email.late_pattern import LatePattern

# An out-of-office subject is one of these alone, or one of these before a colon or a dash.
_AUTOMATIC = (
    r"auto(?:matic|mated)?[- ]?(?:reply|response|answer|responder|acknowledge?ment)"
    r"|out[- ]of[- ](?:the[- ])?office "
    r"(?:auto(?:matic)?[- ]?)?(?:reply|response|message|notification|notice)"
    r"|(?:respuesta|contestaci[oó]n|r[eé]plica|mensaje|correo) autom[aá]tic[ao]"
    r"|auto[- ]?r?respuesta"
    r"|(?:mensaje|aviso|notificaci[oó]n) de (?:ausencia|vacaciones)|resposta autom[aàá]tica"
    r"|missatge d['’]abs[eè]ncia|erantzun automatikoa|mensaxe de ausencia"
    r"|abwesenheits?(?:notiz|nachricht|mitteilung|meldung|benachrichtigung|assistent|info)"
    r"|automatische (?:antwort|r[üu]ckmeldung|e-?mail|nachricht)|auto[- ]?antwort|urlaubsnotiz"
    r"|r[eé]ponse automatique|message (?:d['’]absence|automatique)|(?:notification"
    r"|avis) d['’]absence"
    r"|risposta automatica|messaggio (?:di assenza|automatico)|resposta de aus[eê]ncia"
    r"|automatisch(?:e)? (?:antwoord|bericht|reactie)|afwezigheids?(?:bericht|melding|assistent)"
    r"|autosvar|auto-?svar|automatiskt? (?:svar|besked|melding)|fr[aå]nvaromeddelande"
    r"|fravær(?:sbesked|smelding|sassistent)|sj[áa]lfvirkt svar"
    r"|automaattinen vastaus|poissaolo(?:ilmoitus|viesti)|automaatvastus|autoodpowied[zź]"
    r"|automatyczna odpowied[zź]|odpowied[zź] automatyczna|automatick[aáeé] odpov[eěo][dď]"
    r"|automatikus v[aá]lasz|h[aá]zon k[ií]v[uü]l|r[aă]spuns automat|otomatik (?:yan[ıi]t|cevap)"
    r"|samodejni odgovor|automatski odgovor|automatinis atsakymas|autom[aā]tisk[aā] atbilde"
    r"|автоматичен отговор|αυτ[όο]ματη απ[άα]ντηση|автоматична відповідь"
    r"|автоответ(?:чик)?|автоматический ответ|自動応答|自動返信|不在(?:通知|応答|のお知らせ)"
    r"|自动(?:回复|答复)|自動(?:回覆|答覆|回复)|外出(?:通知|自动回复)"
    r"|자동 ?(?:회신|응답|답장)|부재중"
    r"|רד אוטומטי|תשובה אוטומטית|رد تلقائي|الرد التلقائي|tr[ảa] l[ờo]i t[ựu] đ[ộo]ng"
    r"|balasan otomatis|(?:การ)?ตอบกลับอัตโนมัติ"
)
_ABSENT = (
    r"out[- ]of[- ](?:the[- ])?office|i(?: am|['’]m) (?:currently )?out of (?:the )?office"
    r"|i(?: am|['’]m) away|away from (?:my (?:mail|e-?mail|desk)|the office)|on vacation"
    r"|vacation (?:reply|message|notice|response|auto-?reply)"
    r"|fuera de (?:la )?oficina|ausente de la oficina|ausencia tempor[ao]l?|estoy de vacaciones"
    r"|fora (?:de l['’]oficina|do escrit[oó]rio|da oficina)|aus[eê]ncia (?:tempor[aá]ria|do escrit)"
    r"|abwesend|abwesenheit|nicht im (?:b[üu]ro|haus)|absen(?:t|ce) (?:du|de) bureau|bin im urlaub"
    r"|au[ßs]+er haus|absence temporaire|en cong[ée]s"
    r"|fuori (?:sede|ufficio)|assente|assenza(?: dall['’]ufficio)?|afwezig(?:heid)?|niet aanwezig"
    r"|fr[aå]nvaro|fravær|ooo|oof|ikke til ?stede|poissa toimistosta|nieobecno[sś][cć]"
    r"|poza biurem|mimo kancel[aá][rř]|нет на месте|вне офиса|отсутствую|不在"
)
# The second list is also what people write about; only a colon or nothing may follow it.
_BEFORE = r"(?:\[[^\]]{0,40}\] ?)?(?:auto ?: ?)?"
AWAY_SUBJECT = LatePattern(
    rf"^{_BEFORE}\W{{0,3}}(?:(?:{_AUTOMATIC})\s*(?:[:：\-–—(\[\])|!.,/]|$)"
    rf"|(?:{_ABSENT})\s*(?:[:：]|\W*$|(?:re|aw|ref) ?:))",
    re.IGNORECASE,
)
ABSENT_SUBJECT = LatePattern(
    rf"^{_BEFORE}\W{{0,3}}(?:(?:{_ABSENT})\s*(?:[:：]|\W*$|(?:re|aw|ref) ?:)"
    rf"|(?:{_AUTOMATIC})\W*$)",
    re.IGNORECASE,
)
BARE_SUBJECT = LatePattern(
    rf"^{_BEFORE}\W{{0,3}}(?!i\b|on |estoy|bin )(?:{_ABSENT}|{_AUTOMATIC})\W*$", re.IGNORECASE
)
# At the end, between brackets or after a dash: "Re: calls [Auto-Reply]".
AWAY_AT_THE_END = LatePattern(
    rf"(?:[(\[]\s?|\s[-–—|]\s?)(?:{_AUTOMATIC}|out[- ]of[- ](?:the[- ])?office)[\s)\].!]*$",
    re.IGNORECASE,
)
# Lotus Notes: "AUTO: Bob Builder is out of the office (returning 30.11.2026)".
NAMED_AWAY = LatePattern(
    r"^(?:auto: ?.{1,80} (?:is|will be) (?:out of (?:the|my) office|away|on vacation)\b"
    r"|.{1,80} (?:is|will be) out of (?:the|my) office"
    r"(?: ?(?:\((?:returning|until|from)[^)]*\)|(?:until|from|returning|since|till) .{1,60}))?\.?$"
    r"|auto: ?.{1,80} (?:ist (?:au[ßs]+er haus|nicht im (?:b[üu]ro|haus)|abwesend)"
    r"|est (?:absent|en cong)|est[áa] (?:fuera|ausente)|[èe] (?:fuori|assente)|is afwezig))",
    re.IGNORECASE,
)
# Alone they are what people write too: here the text or the envelope has to agree.
HOLIDAY_SUBJECT = LatePattern(
    r"^\W{0,3}(?:(?:annual|maternity|sick|parental) leave|(?:on )?(?:vacation|holidays?|leave)\b"
    r"|vacaciones|de baja|f[ée]rias|urlaub|elternzeit|cong[ée]s?\b|vacances|ferie|vakantie|semester"
    r"|urlop|dovolen[áa]|szabads[áa]g|отпуск|away|absence|absent|ausen(?:te|cia)|abs[eè]ncia"
    r"|休暇|休假)",
    re.IGNORECASE,
)
# Only as the first thing that is said: people tell further down that they will be away.
_GREETING = (
    r"\A\W*(?:(?:hi|hello|dear|hola|estimad[oa]s?|buen[oa]s|hallo|guten|sehr geehrte\w*|liebe\w*"
    r"|bonjour|ciao|buongiorno|ol[áa]|bom dia|goede\w*|hej|good)\b[^\n.!]{0,60}[,.!:\s]+)?"
    r"(?:(?:thank|gracias|vielen dank|danke|merci|grazie|obrigad|bedankt|dank|tack|tak)\w*\b"
    r"[^\n.!]{0,80}[.!,\s]+)?(?:please note that |actualmente |currently )?"
)
_AWAY = (
    r"(?:\b(?:i(?: am|['’]m)(?: currently| presently| now)?|i(?: will|['’]ll) be|i have been) "
    r"(?:out of|away|on (?:annual|maternity|sick|parental|paternity|a |my |vacation|holiday|leave"
    r"|business)|travell?ing|not in the office|absent|unavailable|out on)"
    r"|(?:estoy|estar[ée]|me encuentro)(?: actualmente)? (?:fuera|ausente|de (?:vacaciones|baja"
    r"|viaje))"
    r"|(?:estou|estarei|encontro-me) (?:ausente|fora|de f[ée]rias)|s[óo]c fora|estar[ée] absent"
    r"|je (?:suis|serai)(?: actuellement)? (?:absent|en (?:cong|vacances|d[ée]placement)"
    r"|indisponible)"
    r"|ich (?:bin|werde)\b.{0,60}(?:nicht (?:im|erreichbar|am)|abwesend|urlaub|au[ßs]+er haus"
    r"|elternzeit)"
    r"|(?:sono|sar[òo])(?: attualmente)? (?:fuori|assente|in ferie)"
    r"|ik ben\b.{0,40}(?:afwezig|niet (?:aanwezig|op kantoor|bereikbaar)|vakantie)"
    r"|jestem\b.{0,40}(?:nieobecn|poza biurem|na urlopie)|jsem\b.{0,40}(?:mimo|na dovolen)"
    r"|jag [äa]r\b.{0,40}(?:p[åa] semester|inte p[åa] kontoret|borta|ledig|bortrest)"
    r"|jeg er\b.{0,40}(?:p[åa] ferie|ikke p[åa] kontoret|bortreist|ute av)"
    r"|olen\b.{0,40}(?:lomalla|poissa)|nem vagyok|szabads[áa]gon|sunt\b.{0,30}(?:plecat|concediu)"
    r"|в отпуске|отсутству|休暇|不在にして|外出|休假|부재|tatilde|izinde|λείπω|απουσι"
    r"|(?:limited|no|limitado|begrenzt\w*|limité) (?:access|acceso|zugriff|accès) (?:to|a|auf|à"
    r"|aux))"
)
AWAY_TEXT = LatePattern(_GREETING + _AWAY, re.IGNORECASE)
AWAY_SAID = LatePattern(_AWAY, re.IGNORECASE)
# What calls itself automatic, as a sentence of its own near the beginning.
AUTOMATIC_TEXT = LatePattern(
    r"^[ \t*_\[(#<=~-]{0,12}(?:(?:please note:? |note:? |hello[,.!]? |hi[,.!]? |attention:? )?"
    r"(?:this (?:is|was) an? (?:auto(?:matic|mated|matically)?[- ]?(?:generated )?"
    r"(?:reply|response|answer|message|e-?mail|mail|notification|notice|acknowledge?ment|reminder"
    r"|confirmation)|system[- ]generated)"
    # A gateway's footer tells what was done with a person's mail: scanned, encrypted, archived.
    r"|this (?:e-?mail|message|mail|notification|reply) (?:was|is|has been) "
    r"(?:(?:sent |created |generated )(?:automatic|auto-?generated)|auto-?generated"
    r"|automatic(?:ally)?(?: (?:sent|created|generated|e-?mail|message|reply|notif|respon)|\W*$))"
    r"|auto(?:matic|mated)?[- ]?(?:reply|response|message)\W{0,10}$"
    r"|you (?:are receiving|have received) this automat"
    r"|[ée]st[ea] es una? .{0,20}autom[áa]tic|[ée]st[ea] (?:correo|mensaje|e-?mail) .{0,20}"
    r"(?:generad|enviad|cread)[oa] (?:de (?:forma|manera) )?autom[áa]tic"
    r"|(?:mensaje (?:generado )?|respuesta )autom[áa]tic(?:[oa]|amente)\W{0,10}$"
    r"|aquest [ée]s un missatge autom|est[ae] [ée] uma? (?:resposta|mensagem|e-?mail) autom"
    r"|(?:dies(?:e[sr]?)?|das) ist eine? automatisch|diese[rs]? .{0,20}(?:wurde|wird"
    r"|ist) automatisch(?: (?:generiert|erstellt|erzeugt|versandt|versendet|verschickt|gesendet)"
    r"|\W*$)"
    r"|ceci est une? .{0,20}automatique|cet? (?:e-?mail|message|courriel) (?:a [ée]t[ée]"
    r"|est) (?:(?:envoy|g[ée]n[ée]r|cr[ée]|un |une ).{0,20})?automatique"
    r"|quest[ao] [èe] una? .{0,20}automatic[oa]"
    r"|dit is een (?:automatisch|geautomatiseerd)"
    r"|dit bericht is automatisch|det(?:ta|te) (?:[äa]r|er) (?:ett?|en) auto(?:mat|svar)"
    r"|t[äa]m[äa] on automaatti|(?:to jest|ta|niniejsz\w+) .{0,30}automatyczn|toto je automatick"
    r"|ez egy automatikus|acesta este un (?:mesaj|r[ăa]spuns) automat"
    r"|это (?:письмо|сообщение|автоматическ).{0,40}автомат|это автоматическ"
    r"|本メールは.{0,20}自動|このメールは.{0,40}自動|此邮件(?:为|由|是).{0,10}自动|此為系統自動"
    r"|이 메일은.{0,20}자동))",
    re.IGNORECASE | re.MULTILINE,
)
DO_NOT_ANSWER = LatePattern(
    r"(?:please |kindly )?do not (?:reply|respond|answer)(?: directly)? to this|no (?:responda"
    r"|conteste)"
    r"|no-?reply e-?mail|replies to this (?:e-?mail|message|address) are not"
    r"|(?:por favor,? )?n[ãa]o respond|ne (?:pas r[ée]pondre|r[ée]pondez pas)|bitte (?:antworten"
    r"|nicht)"
    r".{0,40}nicht|antworten sie (?:bitte )?nicht|non risponder|niet (?:op dit|beantwoord)"
    r"|nie odpowiada[jć]|не отвечайте|返信しないで|返信できません|请勿(?:直接)?回复|請勿回覆",
    re.IGNORECASE,
)
# Helpdesks confirm that a request came in.
RECEIVED_SUBJECT = LatePattern(
    r"(?:we(?:['’]ve| have)? (?:got|received) your|we have received a"
    r"|your (?:request|ticket|message|case|inquiry|enquiry|e-?mail|mail|query|support)\b.{0,80}"
    r"(?:has been|was|is) (?:received|created|opened|registered|logged|submitted|assigned)"
    r"|(?:ticket|request|case|inquiry|issue)s?\b.{0,60}(?:received|created|opened|acknowledged"
    r"|confirmation|registered|logged|submitted)|receipt of your|acknowledge?ment of"
    r"|thanks?(?: you)? for (?:contacting|reaching|getting in touch|writing|submitting"
    r"|your (?:e-?mail|message|request|enquiry|inquiry|mail|interest))"
    r"|(?:hemos|se ha) recibido (?:tu|su|la)|recibimos (?:tu|su)|acuse de recibo"
    r"|confirmaci[oó]n de (?:recepci[oó]n|recibo|su)|gracias por (?:contactar|escribir|tu|su)"
    r"|(?:tu|su) (?:solicitud|consulta|ticket|incidencia|mensaje|correo|petici[oó]n).{0,60}"
    r"(?:recibid|registrad|cread|abiert)|hem rebut|accus[ée] de r[ée]ception"
    r"|nous avons bien re[cç]u"
    r"|votre (?:demande|message|ticket|requ[êe]te).{0,60}(?:re[cç]u|enregistr|pris)"
    r"|eingangsbest[äa]tigung|empfangsbest|ihr(?:e)? (?:anfrage|nachricht|e-?mail|mail"
    r"|ticket).{0,60}"
    r"(?:eingegangen|erhalten|erstellt|er[öo]ffnet)|(?:vielen )?dank f[üu]r (?:ihre|deine)"
    r"|abbiamo ricevuto|conferma di ricezione|ricevuta (?:la|della) (?:sua|tua)"
    r"|recebemos (?:a )?s[ue]|confirma[cç][aã]o de rece|sua (?:solicita|mensagem).{0,40}recebid"
    r"|ontvangstbevestiging|(?:wij|we) hebben uw .{0,30}ontvangen|auto-?confirm"
    r"|potwierdzenie (?:otrzymania|przyj)|potvrzen[íi] (?:o )?p[řr]ijet|受付(?:完了|のお知らせ)"
    r"|お問い合わせ(?:ありがとう|を受け)|ваш (?:запрос|заявк).{0,30}(?:принят|зарегистр))",
    re.IGNORECASE,
)
RECEIVED_TEXT = LatePattern(
    r"we (?:have|['’]ve)? ?received your|has been (?:received|created|registered|logged|assigned)"
    r"|(?:ticket|case|request|reference) (?:number|no\.?|id|#)|will (?:get back|reply|respond"
    r"|contact"
    r"|be in touch|answer)|as soon as possible|within .{0,20}(?:hours|days)|hemos recibido|en breve"
    r"|lo antes posible|nos pondremos en contacto|n[úu]mero de (?:ticket|caso|solicitud)"
    r"|brefs d[ée]lais|nous reviendrons|schnellstm[öo]glich|so schnell wie m[öo]glich"
    r"|vorgangsnummer"
    r"|umgehend|abbiamo ricevuto|il prima possibile|recebemos|em breve|zo snel mogelijk"
    r"|jak najszybciej"
    r"|в ближайшее время|受け付け|折り返し",
    re.IGNORECASE,
)
RECEIPT_TEXT = LatePattern(
    r"we (?:have|['’]ve)? ?received your|has been (?:received|created|registered|logged|assigned)"
    r"|(?:ticket|case|request|reference) (?:number|no\.?|id|#)|(?:hemos|se ha) recibido"
    r"|n[úu]mero de (?:ticket|caso|solicitud)|avons (?:bien )?re[çc]u|vorgangsnummer"
    r"|(?:eingegangen|erhalten)\b|(?:eingangs|empfangs|ontvangst)best|abbiamo ricevuto"
    r"|recebemos|ontvangen|受け付け",
    re.IGNORECASE,
)
# A line that only calls somebody: "Dear customer,".
CALL = LatePattern(r"[^.!?:]{2,60}[,:!]\s*")
AUTOMATED = LatePattern(
    r"(?:automat(?:ed|ic(?:ally)?)|auto-?generated)\b[^\n]{0,30}\b(?:message|e-?mail|mail|reply"
    r"|response|notification|generated|confirmation)"
    r"|(?:mensaje|correo|respuesta|mensagem|resposta|messaggio|risposta|r[ée]ponse) automati[cq]"
    r"|(?:mensaje|correo|respuesta|mensagem|resposta) autom[áa]tic|automatisch\w* "
    r"(?:generiert|erstellt|nachricht|antwort|e-?mail|bericht|gegenereerd)",
    re.IGNORECASE,
)
READ_SUBJECT = LatePattern(
    r"^\W{0,3}(?:read|not read|le[íi]do|no le[íi]do|llegit|gelesen|ungelesen|nicht gelesen|lu"
    r"|non lu"
    r"|letto|non letto|lida|lido|n[ãa]o lida|gelezen|niet gelezen|l[äa]st|l[æa]st|luettu"
    r"|przeczytano"
    r"|p[řr]e[čc]teno|elolvasva|citit|okundu|прочитано|已读|開封済み|읽음)\s?:",
    re.IGNORECASE,
)
READ_TEXT = LatePattern(
    r"was (?:read|displayed|opened|deleted)|has been (?:read|displayed|opened|deleted)"
    r"|(?:se ley[óo]|fue le[íi]do|ha sido le[íi]do|se elimin[óo]|se abri[óo])"
    r"|wurde .{0,60}(?:gelesen"
    r"|ge[öo]ffnet|gel[öo]scht)|a [ée]t[ée] (?:lu|ouvert|supprim)|[èe] stato (?:letto|aperto"
    r"|eliminato)"
    r"|foi (?:lida|lido|aberta|exclu)|(?:is|werd) .{0,40}(?:gelezen|geopend|verwijderd)"
    r"|return receipt"
    r"|l[äa]stes|blev l[æa]st|прочитано|开封|開封|读取|읽",
    re.IGNORECASE,
)
# Programs that report on their own, from accounts that no person has.
_MACHINE_SUBJECTS = (
    r"cron <[^<>\s]{1,200}>|anacron job |\*\* ?(?:problem|recovery|acknowledgement|flapping)"
    r"|logwatch for |\[firing:\d|\[resolved|monit alert|smartd? (?:error|warning)|(?:problem"
    r"|resolved"
    r"|recovery|ok|critical|warning|down|up)\s?[:|] |security information for |backup (?:report"
    r"|job|"
    r"completed|failed|succeeded)|raid |arcserve|veeam|rkhunter|unattended-upgrades|\*\*\* secur"
)
MACHINE_SUBJECT = LatePattern(rf"^\W{{0,2}}(?:{_MACHINE_SUBJECTS})", re.IGNORECASE)
CRON_SUBJECT = LatePattern(r"^(?:cron <[^<>\s]{1,200}> |anacron job )", re.IGNORECASE)
MACHINE_SENDER = LatePattern(
    r"(?:root|cron|anacron|nagios|icinga|zabbix|prometheus|alertmanager|grafana|monit|munin"
    r"|logwatch"
    r"|smartd|backup|veeam|uptime|pingdom|sentry|datadog|jenkins|alerts?|monitor(?:ing)?|watchdog"
    r"|cacti|sensu|prtg|newrelic|pagerduty|statuspage|noreply|no-reply|donotreply)\d{0,3}",
    re.IGNORECASE,
)
DMARC_SUBJECT = LatePattern(
    r"report domain: ?\S+.{0,200}submitter: ?\S+|^\W{0,2}dmarc (?:aggregate|report)\b"
    r"|\bdmarc aggregate report\b|^tls[- ]?rpt? report|report-id: ?<?\S+",
    re.IGNORECASE,
)
# "Message from mailing-list software": moderation, subscriptions, commands.
LIST_SOFTWARE_SUBJECT = LatePattern(
    r"(?:your message to .{1,100} awaits moderator approval|majordomo results\b"
    r"|fml (?:command )?status"
    r"|ignored not member article|confirm (?:un)?subscri|welcome to the .{1,100} (?:mailing )?list"
    r"|.{1,60} (?:un)?subscri(?:be|ption) (?:notification|request|confirmation)"
    r"|request to mailing list .{1,100} rejected|output of your job|bounce action notification"
    r"|.{1,80} post from .{1,100} requires approval|(?:please )?confirm (?:your|that you|this"
    r"|you sent)"
    r".{0,40}(?:message|mail|e-?mail|sent|delivery)?|your (?:e-?mail|message) requires verification"
    r"|complaint about message from|verif(?:y|ication|ique|ique[rz]).{0,20}(?:e-?mail|sender"
    r"|message)"
    r"|rejected posting to)",
    re.IGNORECASE,
)
CONFIRM_TEXT = LatePattern(
    r"(?:click|follow|visit|reply to|respond to) .{0,80}(?:link|below|this|confirm|deliver|http)"
    r"|awaits? (?:moderator )?approval|is being held|whitelist|white list|approved sender"
    r"|one[- ]time|challenge|prove (?:that )?you|not a spam|your message (?:will|has) ",
    re.IGNORECASE,
)
CALENDAR_ANSWER = LatePattern(
    r"^\s*(?:accepted|declined|tentative(?:ly accepted)?|aceptad[ao]|rechazad[ao]|provisional"
    r"|acceptat|rebutjat|accept[ée]e?|refus[ée]e?|provisoire|zugesagt|abgesagt|abgelehnt"
    r"|mit vorbehalt|akzeptiert|accettat[oa]|rifiutat[oa]|provvisori[oa]|aceit[eao]|recusad[ao]"
    r"|geaccepteerd|geweigerd|voorlopig|godk[äa]nt|accepterat|avb[öo]jt|accepteret|afsl[åa]et"
    r"|hyv[äa]ksytty|hyl[äa]tty|zaakceptowan[eoya]|odrzucon[eoya]|p[řr]ijato|odm[íi]tnuto|принято"
    r"|отклонено|承諾|辞退|已接受|已拒绝|수락|거절)\s*[:：]",
    re.IGNORECASE,
)
CALENDAR_TEXT = LatePattern(
    r"has (?:accepted|declined|tentatively|replied)|(?:ha|han) (?:aceptado|rechazado)"
    r"|google calendar"
    r"|hat (?:.{0,40})?(?:angenommen|zugesagt|abgelehnt)|a (?:accept[ée]|refus[ée]|d[ée]clin[ée])"
    r"|ha (?:accettato|rifiutato)|aceitou|recusou",
    re.IGNORECASE,
)
QUOTE = LatePattern(r"^\s{0,10}>", re.MULTILINE)
