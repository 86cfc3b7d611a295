"""The words of a receipt, in English and Spanish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sla.domain.terms.reader import is_spanish


@dataclass(frozen=True, slots=True)
class Reason:
    """Why time is closed: `on` for a day and its `name`, wall times for a part of a day."""

    code: str
    on: date | None = None
    name: str = ""
    from_wall: str = ""
    to_wall: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """The zone's offset changes: `at` is the wall time just before, naive."""

    at: datetime
    forward: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    texts: Mapping[str, str]


_ENGLISH: Final = _Language(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    texts={
        "open": "open: {duration}, {from} to {to}",
        "paused": "paused: waiting for the customer, {from} to {to}",
        "closed": "closed: {reasons}",
        "night": "night",
        "before_opening": "before opening",
        "break": "break",
        "after_closing": "after closing",
        "day_off": "day off ({on})",
        "weekend": "weekend",
        "holiday": "holiday: {name} ({on})",
        "holiday_unnamed": "holiday ({on})",
        "outside": "outside hours",
        "forward": "clocks go forward at {at} on {on}",
        "back": "clocks go back at {at} on {on}",
    },
)
_SPANISH: Final = _Language(
    weekdays=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    texts={
        "open": "abierto: {duration}, {from} a {to}",
        "paused": "en pausa: a la espera del cliente, {from} a {to}",
        "closed": "cerrado: {reasons}",
        "night": "noche",
        "before_opening": "antes de la apertura",
        "break": "descanso",
        "after_closing": "después del cierre",
        "day_off": "día sin servicio ({on})",
        "weekend": "fin de semana",
        "holiday": "festivo: {name} ({on})",
        "holiday_unnamed": "festivo ({on})",
        "outside": "fuera de horario",
        "forward": "los relojes se adelantan a las {at} del {on}",
        "back": "los relojes se atrasan a las {at} del {on}",
    },
)


def line_text(
    code: str,
    begins: datetime,
    ends: datetime,
    *,
    counted_us: int,
    reasons: tuple[Reason, ...],
    changes: tuple[ClockChange, ...],
    language: str,
) -> str:
    """One line in words; the instants are in the calendar's zone. English for any but Spanish."""
    words = _SPANISH if is_spanish(language) else _ENGLISH
    text = words.texts[code].format_map(
        {
            "duration": _duration(counted_us),
            "from": _moment(words, begins),
            "to": _clock(ends) if ends.date() == begins.date() else _moment(words, ends),
            "reasons": _reasons(words, reasons),
        }
    )
    notes = [
        words.texts["forward" if change.forward else "back"].format_map(
            {"at": _clock(change.at), "on": _day(words, change.at)}
        )
        for change in changes
    ]
    return "; ".join([text, *notes])


def _reasons(words: _Language, reasons: tuple[Reason, ...]) -> str:
    if not reasons:
        return words.texts["outside"]
    parts = []
    for reason in reasons:
        code = "holiday_unnamed" if reason.code == "holiday" and not reason.name else reason.code
        on = _day(words, reason.on) if reason.on else ""
        part = words.texts[code].format_map({"name": reason.name, "on": on})
        # The hours are said where nothing else explains the span; a weekend speaks for itself.
        if len(reasons) == 1 and reason.from_wall:
            part += f" {reason.from_wall}-{reason.to_wall}"
        parts.append(part)
    return ", ".join(parts)


def _moment(words: _Language, local: datetime) -> str:
    return f"{_day(words, local)} {_clock(local)}"


def _day(words: _Language, day: date) -> str:
    return f"{words.weekdays[day.weekday()]} {day.day} {words.months[day.month - 1]}"


def _clock(local: datetime) -> str:
    text = f"{local.hour:02d}:{local.minute:02d}"
    if local.second or local.microsecond:
        text += f":{local.second:02d}"
    if local.microsecond:
        text += f".{local.microsecond:06d}".rstrip("0")
    return text


def _duration(microseconds: int) -> str:
    hours, rest = divmod(microseconds, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds, fraction = divmod(rest, 1_000_000)
    parts = [f"{hours} h"] if hours else []
    if minutes:
        parts.append(f"{minutes} min")
    if seconds or fraction or not parts:
        decimals = f".{fraction:06d}".rstrip("0") if fraction else ""
        parts.append(f"{seconds}{decimals} s")
    return " ".join(parts)
