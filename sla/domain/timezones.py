"""Civil time from the tzdata package alone: never from the files of the machine that runs us."""

import io
import struct
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import import_module, resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]
Change = tuple[int, int]  # the UTC second, and the offset from then on

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAR = 1 << 61
# Two days inside the years 1 to 9999, so that no local time falls out of them.
_FIRST_SECOND = -62_135_596_800 + 2 * 86_400
_LAST_SECOND = 253_402_300_799 - 2 * 86_400
# 400 years of the calendar, later than any change that the tz database lists.
_CYCLE_FROM = 2_200
_CYCLE = 146_097 * 86_400


class UnknownZone(ValueError):
    """There is no time zone of that name in the tz database."""


@dataclass(frozen=True, slots=True, eq=False)
class OffsetSpans:
    """At the UTC second `edges[i]` the offset turns from `offsets[i]` to `offsets[i + 1]`."""

    edges: Seconds
    offsets: Seconds

    def first(self, local: Seconds) -> Seconds:
        """The UTC second at which the wall clock shows `local` for the first time.

        For a time that does not exist, the jump over it.
        """
        span = np.searchsorted(self._latest_shown(), local, side="right")
        begins: Seconds = np.concatenate(([-_FAR], self.edges))[span]
        shown: Seconds = np.maximum(begins, local - self.offsets[span])
        return shown

    def last(self, local: Seconds) -> Seconds:
        """The UTC second at which the wall clock shows `local` for the last time.

        For a time that does not exist, the jump over it.
        """
        # "right": the time to which clocks go back occurs again at the very change.
        span = np.searchsorted(self._earliest_shown(), local, side="right") - 1
        ends: Seconds = np.concatenate((self.edges, [_FAR]))[span]
        shown: Seconds = np.minimum(ends, local - self.offsets[span])
        return shown

    def showing(self, start: int, end: int) -> list[tuple[int, int]]:
        """The spans of UTC seconds in which the wall clock shows a time in [start, end)."""
        first = int(np.searchsorted(self._latest_shown(), start, side="right"))
        last = int(np.searchsorted(self._earliest_shown(), end, side="left")) - 1
        found = []
        for span in range(first, last + 1):
            offset = int(self.offsets[span])
            begin = start - offset
            stop = end - offset
            if span > 0:
                begin = max(begin, int(self.edges[span - 1]))
            if span < len(self.edges):
                stop = min(stop, int(self.edges[span]))
            if begin < stop:
                found.append((begin, stop))
        return found

    def _latest_shown(self) -> Seconds:
        # Running maxima: where clocks go back, a later span may end with an earlier wall time.
        return np.maximum.accumulate(np.concatenate((self.edges + self.offsets[:-1], [_FAR])))

    def _earliest_shown(self) -> Seconds:
        shown = np.concatenate(([-_FAR], self.edges + self.offsets[1:]))
        return np.minimum.accumulate(shown[::-1])[::-1]


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
    return ZoneInfo.from_file(io.BytesIO(_compiled(name)), key=name)


def offset_spans(name: str, first_second: int, last_second: int) -> OffsetSpans:
    """How the offset of a zone changes between two UTC seconds."""
    listed, ruled = _listed_changes(name)
    known = bisect_right(listed, (first_second, _FAR))
    changes = list(listed[known : bisect_left(listed, (last_second, -_FAR))])
    if ruled:
        after = max(first_second, listed[-1][0] if listed else first_second)
        for year in range(_year(after), _year(last_second) + 1):
            changes.extend(
                change for change in _ruled_changes(name, year) if after < change[0] < last_second
            )
    return OffsetSpans(
        edges=np.array([at for at, _ in changes], dtype=np.int64),
        offsets=np.array(
            [_offset(name, first_second), *(offset for _, offset in changes)], dtype=np.int64
        ),
    )


@cache
def _compiled(name: str) -> bytes:
    if name not in zone_names():
        raise UnknownZone(
            f"{name!r:.80} is not a time zone; use a name of the tz database such as Europe/Madrid"
        )
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


@cache
def _listed_changes(name: str) -> tuple[tuple[Change, ...], bool]:
    """The changes that the file lists (RFC 8536), and whether a yearly rule goes on after them."""
    data = _compiled(name)
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
