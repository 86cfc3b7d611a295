"""Who may frame the panel: origins as `frame-ancestors` of a content security policy takes them."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

# Nothing in it can end a directive or begin another one.
_ORIGIN: Final = re.compile(
    r"https?://(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?"
)
# Where a tool's own side bar lives, besides the address of the account itself. Every frame between
# ours and the window must be named: an app of Zendesk's stands in a frame of its own.
TOOL_ORIGINS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "zendesk": ("https://*.apps.zdusercontent.com",),
        "front": ("https://app.frontapp.com",),
        "helpscout": ("https://secure.helpscout.net",),
        "intercom": ("https://app.intercom.com",),
    }
)


def is_origin(text: str) -> bool:
    """Whether it is scheme, host and port alone; the host may begin with `*.`."""
    return _ORIGIN.fullmatch(text) is not None


def origin_of(address: str) -> str | None:
    """The origin of a tool's address; None when it has none that can be named safely."""
    try:
        parts = urlsplit(address.strip().lower())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    origin = f"{parts.scheme}://{parts.hostname or ''}{port}"
    return origin if is_origin(origin) and "*" not in origin else None


def frame_ancestors(*, kind: str, address: str, more: Iterable[str]) -> tuple[str, ...]:
    """The origins that may frame the panel of one source's tickets; () when none may.

    `address`: where the tool lives, "" when that is not known; `more`: those of the settings.
    """
    own = origin_of(address)
    named = (*((own,) if own else ()), *TOOL_ORIGINS.get(kind, ()), *filter(is_origin, more))
    return tuple(dict.fromkeys(named))
