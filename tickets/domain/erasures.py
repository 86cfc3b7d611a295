"""The port through which an erasure reaches what other parts keep of an address."""

from collections.abc import Callable

_forgetters: list[Callable[[str], None]] = []


def register_forgetter(forget: Callable[[str], None]) -> None:
    """Adds who forgets an address; called once, when an app is ready."""
    if forget not in _forgetters:
        _forgetters.append(forget)


def forget_elsewhere(address: str) -> None:
    """Has an address (lower case) forgotten, in the transaction of the caller."""
    for forget in _forgetters:
        forget(address)
