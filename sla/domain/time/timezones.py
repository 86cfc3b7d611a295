"""Time zones from the tzdata package alone: never from the files of the machine that runs us."""

import io
import struct
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import import_module, resources
from itertools import pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo

Change = tuple[int, int]  # the UTC second, and the offset from then on

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Two days inside the years 1 to 9999, so that no local time falls out of them.
_FIRST_SECOND = -62_135_596_800 + 2 * 86_400
_LAST_SECOND = 253_402_300_799 - 2 * 86_400
# 400 years of the calendar, later than any change that the tz database lists.
_CYCLE_FROM = 2_200
_CYCLE = 146_097 * 86_400


class UnknownZone(ValueError):
    """There is no time zone of that name in the tz database."""


@dataclass(frozen=True, slots=True)
class OffsetSpans:
    """At the UTC second `edges[i]` the offset turns from `offsets[i]` to `offsets[i + 1]`."""

    edges: tuple[int, ...]
    offsets: tuple[int, ...]


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every name that the tz database knows, links included."""
    listed = resources.files("tzdata").joinpath("zones").read_text(encoding="ascii")
    return frozenset(listed.split())


def tzdata_version() -> str:
    """The release of the tz database in use, such as `2026a`."""
    return str(import_module("tzdata").IANA_VERSION)


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises UnknownZone."""
    return ZoneInfo.from_file(io.BytesIO(_zone_file(name)), key=name)


def offset_spans(name: str, first_second: int, last_second: int) -> OffsetSpans:
    """How the offset of a zone changes between two UTC seconds."""
    listed, ruled = _listed_changes(name)
    known = bisect_right(listed, first_second, key=itemgetter(0))
    changes = list(listed[known : bisect_left(listed, last_second, key=itemgetter(0))])
    if ruled:
        after = max(first_second, listed[-1][0] if listed else first_second)
        for year in range(_year(after), _year(last_second) + 1):
            changes.extend(
                change for change in _ruled_changes(name, year) if after < change[0] < last_second
            )
    return OffsetSpans(
        edges=tuple(at for at, _ in changes),
        offsets=(_offset(name, first_second), *(offset for _, offset in changes)),
    )


@cache
def _zone_file(name: str) -> bytes:
    """The compiled zone (RFC 8536). Raises UnknownZone."""
    if name not in zone_names():
        raise UnknownZone(
            f"{name!r:.80} is not a time zone; use a name of the tz database such as Europe/Madrid"
        )
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


@cache
def _listed_changes(name: str) -> tuple[tuple[Change, ...], bool]:
    """The changes that the file lists (RFC 8536), and whether a yearly rule goes on after them."""
    data = _zone_file(name)
    header = struct.Struct(">4s1s15x6l")
    _, version, utc, std, leap, times, kinds, chars = header.unpack_from(data)
    at, width = header.size, 4
    if version >= b"2":
        at += times * 5 + kinds * 6 + chars + leap * 8 + std + utc
        _, _, utc, std, leap, times, kinds, chars = header.unpack_from(data, at)
        at, width = at + header.size, 8
    listed = struct.unpack_from(f">{times}{'q' if width == 8 else 'l'}", data, at)
    end = at + times * (width + 1) + kinds * 6 + chars + leap * (width + 4) + std + utc
    changes = tuple((edge, _offset(name, edge)) for edge in listed if edge > _FIRST_SECOND)
    return changes, b"," in data[end:]


@lru_cache(maxsize=32_768)
def _ruled_changes(name: str, year: int) -> tuple[Change, ...]:
    """The changes of one year in which the zone follows its yearly rule."""
    if year >= _CYCLE_FROM + 400:  # the calendar repeats itself, weekdays included
        cycles = (year - _CYCLE_FROM) // 400
        known = _ruled_changes(name, year - cycles * 400)
        return tuple((at + cycles * _CYCLE, offset) for at, offset in known)
    probes = [_second(year, month) for month in range(1, 13)] + [_second(year + 1, 1)]
    changes = []
    for before, after in pairwise(probes):
        offset, low, high = _offset(name, before), before, after
        if _offset(name, after) == offset:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if _offset(name, middle) == offset:
                low = middle
            else:
                high = middle
        changes.append((high, _offset(name, high)))
    return tuple(changes)


def _offset(name: str, second: int) -> int:
    inside = min(max(second, _FIRST_SECOND), _LAST_SECOND)
    offset = (_EPOCH + timedelta(seconds=inside)).astimezone(zone(name)).utcoffset()
    return (offset or timedelta(0)) // timedelta(seconds=1)


def _year(second: int) -> int:
    return (_EPOCH + timedelta(seconds=min(max(second, _FIRST_SECOND), _LAST_SECOND))).year


def _second(year: int, month: int) -> int:
    return (datetime(year, month, 1, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
