"""How many files of what size may go with one answer."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from tickets.models import Source
from tickets.outbound.tools.table import ANSWER_WAYS

_MOST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """How many files one answer may have, and how many bytes each of them and all together."""

    most: int
    each: int
    together: int


def file_limits(source: Source) -> FileLimits:
    """What goes with one answer on this source's way out: our own limits and those of its tool."""
    together = settings.ANSWER_MAX_BYTES
    limits = FileLimits(most=_MOST, each=together // 2, together=together)
    way = ANSWER_WAYS.get(source.kind)
    if way is None:
        return limits
    return FileLimits(
        most=min(limits.most, way.files.most),
        each=min(limits.each, way.files.largest),
        together=together,
    )
