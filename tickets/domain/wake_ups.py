"""The port through which a page asks for waiting answers to be sent soon, whoever sends them."""

from collections.abc import Callable

_wakers: list[Callable[[], None]] = []


def register_outbox_waker(waker: Callable[[], None]) -> None:
    """Adds who is woken; called once, when an app is ready."""
    if waker not in _wakers:
        _wakers.append(waker)


def wake_outbox() -> None:
    """Asks for it once the present transaction is committed; else the schedule sends them."""
    for waker in _wakers:
        waker()
