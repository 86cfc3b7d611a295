"""The words that agents read in the tool: when it is due, how it stands, what a note says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sla.domain.tools.shown import Shown, ShownState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    moment: str
    states: Mapping[ShownState, str]
    metrics: Mapping[str, str]
    at_risk: str
    missed: str
    test: str


_ENGLISH: Final = _Words(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=(
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
    moment="{weekday} {day} {month} {time}",
    states={
        ShownState.RUNNING: "on track",
        ShownState.AT_RISK: "at risk",
        ShownState.MISSED: "missed",
        ShownState.MET: "target met",
        ShownState.LATE: "answered late",
        ShownState.PAUSED: "paused",
        ShownState.CANCELLED: "cancelled",
        ShownState.NONE: "nothing promised",
    },
    metrics={
        "first_response": "first response",
        "next_response": "next response",
        "resolution": "resolution",
    },
    at_risk="▲ At risk: {metric} due {moment} ({zone} time).",
    missed="■ Missed: {metric} was due {moment} ({zone} time).",
    test="○ This is a test: notes about deadlines arrive here. Nobody has to do anything.",
)
_SPANISH: Final = _Words(
    weekdays=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    months=(
        *("ene", "feb", "mar", "abr", "may", "jun"),
        *("jul", "ago", "sep", "oct", "nov", "dic"),
    ),
    moment="{weekday} {day} {month} {time}",
    states={
        ShownState.RUNNING: "en plazo",
        ShownState.AT_RISK: "en riesgo",
        ShownState.MISSED: "incumplido",
        ShownState.MET: "objetivo cumplido",
        ShownState.LATE: "respondido tarde",
        ShownState.PAUSED: "en pausa",
        ShownState.CANCELLED: "cancelado",
        ShownState.NONE: "nada prometido",
    },
    metrics={
        "first_response": "primera respuesta",
        "next_response": "siguiente respuesta",
        "resolution": "resolución",
    },
    at_risk="▲ En riesgo: {metric} vence {moment} (hora de {zone}).",
    missed="■ Incumplido: {metric} vencía {moment} (hora de {zone}).",
    test="○ Esto es una prueba: aquí llegan las notas sobre los plazos. Nadie tiene que hacer "
    "nada.",
)
_LANGUAGES: Final[Mapping[str, _Words]] = {"en": _ENGLISH, "es": _SPANISH}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFacts:
    """What a note tells: nothing that a customer wrote. `kind`: at_risk, missed or test."""

    kind: str
    shown: Shown
    reference: str
    link: str
    language: str
    zone: str


def moment_text(at: datetime | None, zone: str, language: str) -> str:
    """`Thu 26 Nov 14:05` in a zone; "" for none. Seconds are cut, so it is never too late."""
    if at is None:
        return ""
    words = _LANGUAGES.get(language, _ENGLISH)
    local = at.astimezone(ZoneInfo(zone))
    return words.moment.format(
        weekday=words.weekdays[local.weekday()],
        day=local.day,
        month=words.months[local.month - 1],
        time=f"{local:%H:%M}",
    )


def state_text(state: ShownState, language: str) -> str:
    """How the promise stands, in a word or two."""
    return _LANGUAGES.get(language, _ENGLISH).states[state]


def plan_text(code: str) -> str:
    """A plan as customers know it."""
    return code.replace("_", " ").title()


def note_text(facts: NoteFacts, mark: str) -> str:
    """The whole note; its last line is the mark by which it is known when it comes back."""
    words = _LANGUAGES.get(facts.language, _ENGLISH)
    pattern = {"at_risk": words.at_risk, "missed": words.missed}.get(facts.kind, words.test)
    said = pattern.format(
        metric=words.metrics.get(facts.shown.metric, ""),
        moment=moment_text(facts.shown.due_at, facts.zone, facts.language),
        zone=facts.zone.rpartition("/")[2].replace("_", " "),
    )
    about = (facts.reference, facts.shown.severity, plan_text(facts.shown.plan))
    return "\n".join([said, " · ".join(part for part in about if part), facts.link, mark])
