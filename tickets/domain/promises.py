"""The port through which we learn until when a ticket's customer was promised an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The instant (aware, UTC), the zone in which the customer reads it, and the plan's name."""

    due_at: datetime
    zone: str
    plan: str


PromiseOf = Callable[[int], Promise | None]
_known: list[PromiseOf] = []


def register_promise(promise_of: PromiseOf) -> None:
    """Adds who knows promises; called once, when an app is ready."""
    if promise_of not in _known:
        _known.append(promise_of)


def promise_of(ticket_id: int) -> Promise | None:
    """The earliest promise about this ticket's first answer; None when nobody promised any."""
    found = [promise for known in _known if (promise := known(ticket_id)) is not None]
    return min(found, key=lambda promise: promise.due_at, default=None)
