"""The tools for a new source, by the way that they work."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.admin.sources.guide import Tool
from tickets.admin.sources.guides import TOOLS
from tickets.models import TOOL_KINDS
from tickets.providers.table import PROVIDERS

_MAILBOXES = _("We look into a mailbox")
_PROVIDERS = _("A provider receives the mail and posts it to us")
_TOOLS = _("A helpdesk or chat tool tells us what happens in it")
_OTHERS = _("Something else hands it over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tools by the way that they work; `tells_apart`: each needs a sentence of its own."""

    title: Promise | str
    tools: tuple[tuple[str, Tool], ...]
    tells_apart: bool = True


def groups() -> list[Group]:
    """All tools, for somebody who chooses one."""
    ways = {key: _way_of(tool) for key, tool in TOOLS.items()}
    return [
        Group(
            title=title,
            tools=tuple((key, TOOLS[key]) for key, way in ways.items() if way is title),
            tells_apart=title is not _PROVIDERS,
        )
        for title in (_MAILBOXES, _PROVIDERS, _TOOLS, _OTHERS)
    ]


def _way_of(tool: Tool) -> Promise | str:
    if tool.kind in PROVIDERS:
        return _PROVIDERS
    if tool.kind in TOOL_KINDS:
        return _TOOLS
    return _OTHERS if tool.mailbox is None else _MAILBOXES
