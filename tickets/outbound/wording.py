"""The fixed words of our mails, in the customer's language: greetings, dates, quotes, promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tickets.domain.promises import Promise

DEFAULT = "en"
_MAX_QUOTED_LINES = 400
_MAX_QUOTED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    moment: str
    wrote: str
    somebody: str
    received: str
    promised: str
    with_plan: str
    adding: str
    automatic: str


_ENGLISH: Final = _Language(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    ),
    moment="{weekday} {day} {month} {year}, {time} ({zone} time, {offset})",
    wrote="On {day} {month} {year} at {time} ({offset}), {name} wrote:",
    somebody="you",
    received="Hello,\n\nwe have received your message. Its reference is {reference}.",
    promised="We answer by {moment}.",
    with_plan="With your plan ({plan}), we answer by {moment}.",
    adding="If you want to add something, just answer this mail.",
    automatic="{name}\nA machine wrote this receipt; a person reads your message.",
)  # fmt: skip
_SPANISH: Final = _Language(
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
        "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    moment="el {weekday} {day} de {month} de {year}, a las {time} (hora de {zone}, {offset})",
    wrote="El {day} de {month} de {year} a las {time} ({offset}), {name} escribió:",
    somebody="usted",
    received="Hola:\n\nHemos recibido su mensaje. Su referencia es {reference}.",
    promised="Le respondemos, a más tardar, {moment}.",
    with_plan="Con su plan ({plan}), le respondemos, a más tardar, {moment}.",
    adding="Si quiere añadir algo, responda a este correo.",
    automatic="{name}\nEste acuse de recibo es automático; su mensaje lo lee una persona.",
)  # fmt: skip
_LANGUAGES: Final[Mapping[str, _Language]] = {"en": _ENGLISH, "es": _SPANISH}


def spoken(*candidates: str) -> str:
    """The first of the languages that we write mails in; English when it is none of them."""
    return next((each for each in candidates if each in _LANGUAGES), DEFAULT)


def moment_words(at: datetime, zone: str, language: str) -> str:
    """`Tuesday 1 December 2026, 11:40 (Madrid time, UTC+1)`.

    Seconds are cut: the minute that we name has not passed when the promise ends. The offset
    tells the two hours apart that one night in autumn has twice.
    """
    return _LANGUAGES[language].moment.format(**_parts(at, zone, language))


def quoted(text: str, *, at: datetime, zone: str, name: str, language: str) -> str:
    """The customer's words below ours, as mail programs quote them; "" for an empty text."""
    lines = text.strip()[:_MAX_QUOTED].splitlines()[:_MAX_QUOTED_LINES]
    if not lines:
        return ""
    words = _LANGUAGES[language]
    first = words.wrote.format(
        **_parts(at, zone, language), name=" ".join(name.split()) or words.somebody
    )
    return "\n".join([first, *(f"> {line}" if line.strip() else ">" for line in lines)])


def receipt(
    *, reference: str, promise: Promise | None, sender_name: str, now: datetime, language: str
) -> str:
    """The text of an acknowledgement: what we promised, unless that has passed already."""
    words = _LANGUAGES[language]
    parts = [words.received.format(reference=reference)]
    if promise is not None and promise.due_at > now:
        moment = moment_words(promise.due_at, promise.zone, language)
        pattern = words.with_plan if promise.plan else words.promised
        parts.append(pattern.format(plan=promise.plan, moment=moment))
    parts += [words.adding, words.automatic.format(name=sender_name)]
    return "\n\n".join(parts)


def _parts(at: datetime, zone: str, language: str) -> dict[str, object]:
    words = _LANGUAGES[language]
    local = at.astimezone(ZoneInfo(zone))
    return {
        "weekday": words.weekdays[local.weekday()],
        "day": local.day,
        "month": words.months[local.month - 1],
        "year": local.year,
        "time": f"{local:%H:%M}",
        "zone": zone.rpartition("/")[2].replace("_", " "),
        "offset": _offset(local.utcoffset() or timedelta()),
    }


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
