"""The words of a notice in the recipient's language: what, who, since when, due when, one link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sla.domain.clocks.target import Metric
from sla.domain.escalation.notice import NoticeFacts, NoticeLine
from sla.notifiers.hook_wording import hook_sections
from tickets.outbound.wording import moment_words

# Of a digest of many, the first are told; the page behind the link has all of them.
MAX_LINES: Final = 20
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Text:
    """One line for the subject, the plain text, and the link in it, for ways with little room."""

    subject: str
    body: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    metrics: Mapping[Metric, str]
    internal: str
    due_in: str
    due_ago: str
    no_due: str
    over: str
    what: str
    who: str
    unknown: str
    unassigned: str
    assigned: str
    since: str
    due: str
    paused: str
    repeat: str
    late: str
    ended: str
    taken: str
    taken_by: str
    link: str
    digest: str
    more: str
    gaps: str
    gap: str
    gap_link: str
    instead: str
    test: str
    test_body: str
    footer: str
    days: str
    hours: str
    minutes: str


_ENGLISH: Final = _Words(
    metrics={
        Metric.FIRST_RESPONSE: "first response",
        Metric.NEXT_RESPONSE: "next response",
        Metric.RESOLUTION: "resolution",
    },
    internal="internal objective",
    due_in="due in {time}",
    due_ago="late by {time}",
    no_due="waiting",
    over="done",
    what="What: ",
    who="Who: ",
    unknown="unknown customer",
    unassigned="assigned to nobody",
    assigned="assigned to {name}",
    since="Since: ",
    due="Due: ",
    paused="paused: waiting for the customer",
    repeat="reminder {number}",
    late="This notice is late: it should have left {moment}.",
    ended="It ended {moment}: nothing is left to do.",
    taken="Somebody is on it since {moment}.",
    taken_by="{name} is on it since {moment}.",
    link="I am on it (opens a page with a button): ",
    digest="{count} escalations: {tickets}",
    more="and {count} more",
    gaps="Nobody is on duty: {count} gaps, the first from {moment}",
    gap="{start} – {end}: customers touched: {count}",
    gap_link="The rota: ",
    instead="You get this by mail because the channel “{name}” did not take it.",
    test="Test of a notice channel",
    test_body="This is a test: notices arrive here. Nobody has to do anything.",
    footer="SIVO Support. A machine wrote this; answers to it are not read.",
    days="{n} d",
    hours="{n} h",
    minutes="{n} min",
)
_SPANISH: Final = _Words(
    metrics={
        Metric.FIRST_RESPONSE: "primera respuesta",
        Metric.NEXT_RESPONSE: "siguiente respuesta",
        Metric.RESOLUTION: "resolución",
    },
    internal="objetivo interno",
    due_in="vence en {time}",
    due_ago="con retraso de {time}",
    no_due="en espera",
    over="terminado",
    what="Qué: ",
    who="Quién: ",
    unknown="cliente desconocido",
    unassigned="sin asignar",
    assigned="asignado a {name}",
    since="Desde: ",
    due="Vence: ",
    paused="en pausa: a la espera del cliente",
    repeat="recordatorio {number}",
    late="Este aviso llega tarde: debería haber salido {moment}.",
    ended="Terminó {moment}: no queda nada por hacer.",
    taken="Alguien se ocupa desde {moment}.",
    taken_by="{name} se ocupa desde {moment}.",
    link="Me ocupo yo (abre una página con un botón): ",
    digest="{count} escalados: {tickets}",
    more="y {count} más",
    gaps="No hay nadie de guardia: {count} huecos, el primero desde {moment}",
    gap="{start} – {end}: clientes afectados: {count}",
    gap_link="El cuadrante: ",
    instead="Recibe este aviso por correo porque el canal «{name}» no lo aceptó.",
    test="Prueba de un canal de avisos",
    test_body="Esto es una prueba: los avisos llegan aquí. Nadie tiene que hacer nada.",
    footer="SIVO Support. Aviso automático; las respuestas a este aviso no se leen.",
    days="{n} d",
    hours="{n} h",
    minutes="{n} min",
)
_LANGUAGES: Final[Mapping[str, _Words]] = {"en": _ENGLISH, "es": _SPANISH}


def write_text(facts: NoticeFacts, *, now: datetime) -> Text:
    """What the notice says at `now` (UTC); what happened since it was queued is in it."""
    words = _LANGUAGES.get(facts.language, _ENGLISH)
    if facts.kind == "test":
        return Text(words.test, _body([[words.test_body]], words))
    if facts.hook is not None:
        subject, sections = hook_sections(facts.hook, facts)
        return Text(subject, _body([*sections, _instead(facts, words)], words), facts.link)
    if facts.kind == "coverage":
        return _coverage(facts, words)
    sections = [_section(line, facts, words, now) for line in facts.lines[:MAX_LINES]]
    if len(facts.lines) > MAX_LINES:
        sections.append([words.more.format(count=len(facts.lines) - MAX_LINES)])
    sections += [_instead(facts, words), [words.link + facts.link]]
    return Text(_subject(facts, words, now), _body(sections, words), facts.link)


def _instead(facts: NoticeFacts, words: _Words) -> list[str]:
    return [words.instead.format(name=facts.instead_of)] if facts.instead_of else []


def _subject(facts: NoticeFacts, words: _Words, now: datetime) -> str:
    if len(facts.lines) == 1:
        return _headline(facts.lines[0], words, now)
    severe = min((line.severity for line in facts.lines), default="")
    references = list(dict.fromkeys(line.reference for line in facts.lines))
    tickets = ", ".join(references[:3]) + (" …" if len(references) > 3 else "")
    digest = words.digest.format(count=len(facts.lines), tickets=tickets)
    return f"{severe} {digest}".strip()


def _headline(line: NoticeLine, words: _Words, now: datetime) -> str:
    """`S1 SIVO-1042: first response due in 6 min`, which a telephone shows whole."""
    return (
        f"{line.severity} {line.reference}: {words.metrics[line.metric]} {_left(line, words, now)}"
    )


def _left(line: NoticeLine, words: _Words, now: datetime) -> str:
    if line.is_over:
        return words.over
    if line.due_at is None:
        return words.no_due
    if line.due_at >= now:
        return words.due_in.format(time=_span(line.due_at - now, words))
    return words.due_ago.format(time=_span(now - line.due_at, words))


def _section(line: NoticeLine, facts: NoticeFacts, words: _Words, now: datetime) -> list[str]:
    def moment(at: datetime) -> str:
        return moment_words(at, facts.zone, facts.language)

    what = [_headline(line, words, now)]
    if not line.promised:
        what.append(words.internal)
    if line.repeat:
        what.append(words.repeat.format(number=line.repeat))
    who = [line.customer or words.unknown]
    if line.plan:
        who.append(line.plan)
    who.append(words.assigned.format(name=line.assignee) if line.assignee else words.unassigned)
    lines = [
        words.what + ", ".join(what),
        words.who + ", ".join(who),
        words.since + moment(line.started_at),
        words.due + (moment(line.due_at) if line.due_at else words.paused),
    ]
    if line.fired_at - line.should_at > _MINUTE:
        lines.append(words.late.format(moment=moment(line.should_at)))
    if line.ended_at is not None:
        lines.append(words.ended.format(moment=moment(line.ended_at)))
    elif line.acknowledged_at is not None:
        taken = words.taken_by if line.acknowledged_by else words.taken
        at = moment(line.acknowledged_at)
        lines.append(taken.format(name=line.acknowledged_by, moment=at))
    return lines


def _coverage(facts: NoticeFacts, words: _Words) -> Text:
    def moment(at: datetime) -> str:
        return moment_words(at, facts.zone, facts.language)

    gaps = [
        words.gap.format(start=moment(s.from_at), end=moment(s.to_at), count=s.customers)
        for s in facts.spans[:MAX_LINES]
    ]
    if len(facts.spans) > MAX_LINES:
        gaps.append(words.more.format(count=len(facts.spans) - MAX_LINES))
    first = moment(facts.spans[0].from_at) if facts.spans else "?"
    subject = words.gaps.format(count=len(facts.spans), moment=first)
    sections = [[subject], gaps, _instead(facts, words), [words.gap_link + facts.link]]
    return Text(subject, _body(sections, words), facts.link)


def _body(sections: list[list[str]], words: _Words) -> str:
    parts = ["\n".join(lines) for lines in sections if lines]
    return "\n\n".join([*parts, words.footer])


def _span(time: timedelta, words: _Words) -> str:
    """`2 d 3 h`, `1 h 5 min`, `6 min`; minutes are cut, as on the pages."""
    minutes = time // _MINUTE
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        parts = [words.days.format(n=days), words.hours.format(n=hours) if hours else ""]
    elif hours:
        parts = [words.hours.format(n=hours), words.minutes.format(n=rest) if rest else ""]
    else:
        parts = [words.minutes.format(n=rest)]
    return " ".join(part for part in parts if part)
