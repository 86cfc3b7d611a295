"""What a key of the API may be allowed, and the port through which other parts add theirs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One thing that a key may do; `permission` is the right that its person needs besides.

    `label` says it to people: a text, or one that is translated when it is shown.
    """

    code: str
    label: object
    permission: str = ""


_scopes: dict[str, Scope] = {}


def register_scope(scope: Scope) -> None:
    """Adds a scope; called once, when an app is ready."""
    _scopes[scope.code] = scope


def scope_of(code: str) -> Scope:
    """The scope with this code. Raises KeyError."""
    return _scopes[code]


def all_scopes() -> list[Scope]:
    """All of them, in the order in which they were added."""
    return list(_scopes.values())
