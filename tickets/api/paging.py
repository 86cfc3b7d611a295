"""Pages that stay what they are when rows come in: each begins behind the last row of the one
before, by a fixed order that an index has."""

import base64
import binascii
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import NotFound

from tickets.domain.instants import from_microseconds, to_microseconds

PAGE = 50
MOST = 200
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Order:
    """By the row's number, after an instant if one is named (ascending)."""

    is_descending: bool = True
    instant: str = ""

    @property
    def columns(self) -> list[str]:
        """As the database is asked."""
        sign = "-" if self.is_descending else ""
        return [f"{sign}{name}" for name in (self.instant, "pk") if name]

    def cursor_of(self, row: Model) -> str:
        """The place of a row, as text that says nothing to people."""
        numbers = [row.pk]
        if self.instant:
            numbers.insert(0, to_microseconds(getattr(row, self.instant)))
        raw = struct.pack(f">{len(numbers)}q", *numbers)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def behind(self, cursor: str) -> Q:
        """The rows behind a place. Raises NotFound for what is no place of this list."""
        size = 2 if self.instant else 1
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
            numbers = struct.unpack(f">{size}q", raw)
            if not self.instant:
                return self._past("pk", numbers[0])
            at: datetime = from_microseconds(numbers[0])
        except (binascii.Error, ValueError, struct.error, OverflowError):
            raise NotFound from None
        return self._past(self.instant, at) | (
            Q(**{self.instant: at}) & self._past("pk", numbers[1])
        )

    def _past(self, name: str, value: object) -> Q:
        return Q(**{f"{name}__{'lt' if self.is_descending else 'gt'}": value})


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and the place behind which the next begins, None after the last."""

    rows: Sequence[Any]
    next_cursor: str | None


def page_of(rows: QuerySet[M], order: Order, *, cursor: str | None, limit: int) -> Page:
    """One page, in one query. Raises NotFound for an unknown cursor."""
    if cursor is not None:
        rows = rows.filter(order.behind(cursor))
    found = list(rows.order_by(*order.columns)[: limit + 1])
    shown = found[:limit]
    more = len(found) > limit
    return Page(rows=shown, next_cursor=order.cursor_of(shown[-1]) if more else None)
