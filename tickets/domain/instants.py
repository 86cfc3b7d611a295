"""Instants and durations as text: RFC 3339 in, UTC out, exact to the microsecond."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MILLIONTH = Decimal("0.000001")
_MAX_MICROSECONDS = 9_999 * 366 * 86_400 * 1_000_000

# ASCII digits only: \d would also take Arabic-Indic ones.
_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]{1,6}))?(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)


class BadInstant(ValueError):
    """Not an RFC 3339 instant with seconds and an offset, such as 2026-11-23T09:00:00+01:00."""


class BadDuration(ValueError):
    """Not a duration: a JSON number of seconds, 0 or more."""


def parse_instant(text: object) -> datetime:
    """The instant that an RFC 3339 text names, in UTC. Raises BadInstant for anything else."""
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise BadInstant(
            f"{text!r:.80} is not an instant; write it like 2026-11-23T09:00:00+01:00 "
            "(RFC 3339 with seconds and an offset)"
        )
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, _, sign, offset_hours, offset_minutes = match.groups()[6:]
    offset = timedelta(0)
    if sign is not None:
        if int(offset_hours) > 23 or int(offset_minutes) > 59:
            raise BadInstant(f"{text!r} has an offset that does not exist")
        offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
        offset = -offset if sign == "-" else offset
    try:
        return datetime(
            year,
            month,
            day,
            hour,
            minute,
            second,
            int((fraction or "0").ljust(6, "0")),
            tzinfo=timezone(offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInstant(f"{text!r} is not an instant that exists: {error}") from None


def format_instant(instant: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`, with exactly six fraction digits when the microsecond is not 0."""
    utc = instant.astimezone(UTC)
    fraction = f".{utc.microsecond:06d}" if utc.microsecond else ""
    # Not strftime: its %Y drops leading zeros of the year on Linux.
    return (
        f"{utc.year:04d}-{utc.month:02d}-{utc.day:02d}"
        f"T{utc.hour:02d}:{utc.minute:02d}:{utc.second:02d}{fraction}Z"
    )


def parse_seconds(value: object) -> int:
    """Microseconds of a JSON number of seconds, half to even. Raises BadDuration."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadDuration(f"{value!r:.80} is not a number of seconds")
    exact = Decimal(value)
    if not exact.is_finite():
        raise BadDuration("a duration must be a finite number of seconds")
    if exact < 0:
        raise BadDuration(f"a duration cannot be negative: {value}")
    if not exact:  # a zero may have any exponent
        return 0
    if exact.adjusted() > 15:
        raise BadDuration("a duration must fit into the years 1 to 9999")
    if exact.adjusted() < -20:
        return 0
    # Rounded once: a product would first be cut to the 28 digits of the decimal context.
    microseconds = int(exact.quantize(_MILLIONTH, rounding=ROUND_HALF_EVEN).scaleb(6))
    if microseconds > _MAX_MICROSECONDS:
        raise BadDuration("a duration must fit into the years 1 to 9999")
    return microseconds


def format_seconds(microseconds: int) -> int | float:
    """Seconds as an integer when whole, else as a number rounded to 6 places."""
    whole, rest = divmod(microseconds, 1_000_000)
    return whole if rest == 0 else microseconds / 1_000_000


def to_microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z (negative before it)."""
    return (instant - EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The aware UTC datetime of that many microseconds since 1970. Raises OverflowError."""
    return EPOCH + timedelta(microseconds=microseconds)
