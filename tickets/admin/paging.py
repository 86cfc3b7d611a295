"""A long list in pieces: the newest first, the older ones by plain links."""

from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)
_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece(Generic[M]):
    """Some rows, oldest first, of which `earlier` stand before them; 0 as `until` is none."""

    rows: list[M]
    earlier: int
    until: int
    is_newest: bool


class _Dated(Protocol):
    at: Any
    pk: Any


def piece_of(rows: QuerySet[M], *, until: int, size: int) -> Piece[M]:
    """The last `size` rows, or those up to the row `until`; ordered by their instant and id.

    A row that is named, not a page number: what arrives meanwhile moves nothing.
    """
    last: _Dated | None = rows.filter(pk=until).first() if until else None  # type: ignore[assignment]
    wanted = rows if last is None else rows.filter(_not_after(last))
    found = list(wanted.order_by("-at", "-pk")[: size + 1])
    shown, beyond = found[:size], found[size:]
    return Piece(
        rows=shown[::-1],
        earlier=rows.filter(_not_after(beyond[0])).count() if beyond else 0,  # type: ignore[arg-type]
        until=beyond[0].pk if beyond else 0,
        is_newest=last is None,
    )


def _not_after(row: _Dated) -> Q:
    return Q(at__lt=row.at) | Q(at=row.at, pk__lte=row.pk)


def asked_for(request: HttpRequest, name: str) -> int:
    """The id in an address, 0 when it holds none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
