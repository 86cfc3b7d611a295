"""The tools, a row each: how one proves itself, and what its webhooks say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Incoming
from tickets.domain.words import Severity, Status
from tickets.inbound.tools import (
    chatwoot,
    freshdesk,
    front,
    helpscout,
    intercom,
    jira,
    slack,
    zammad,
    zendesk,
)
from tickets.inbound.tools.call import Handshake, ToolCall, ToolCredential, ToolMap, Verified

__all__ = ["TOOLS", "Handshake", "Tool", "ToolCall", "ToolCredential", "ToolMap", "Verified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What is particular about one tool.

    `verify` takes any of several live secrets; raises BadSignature, nothing else. `parse` raises
    Unreadable, nothing else. `handshake` is asked only after `verify`: what it returns is the whole
    answer, and nothing is kept. `kept_headers` are those that `parse` reads later. `statuses` and
    `severities` are the tool's own words, as plain words. `secret_most` is how many characters the
    tool's own form takes. `bodies` are the texts, by their use, that a person pastes into tools
    whose webhooks have no body of their own.
    """

    name: str
    credential: ToolCredential
    verify: Callable[[ToolCall, Sequence[str], datetime], Verified]
    parse: Callable[[ToolCall, ToolMap], tuple[Incoming, ...]]
    handshake: Callable[[ToolCall], Handshake | None] = lambda _call: None
    kept_headers: tuple[str, ...] = ()
    statuses: Mapping[str, tuple[Status, str]]
    severities: Mapping[str, Severity]
    secret_most: int = 255
    bodies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


# The key is the kind of the source.
TOOLS: Final[Mapping[str, Tool]] = MappingProxyType(
    {
        "zendesk": Tool(
            name="Zendesk",
            credential=ToolCredential.KEY,
            verify=zendesk.verify,
            parse=zendesk.parse,
            statuses=zendesk.STATUSES,
            severities=zendesk.SEVERITIES,
            bodies=zendesk.BODIES,
        ),
        "jira": Tool(
            name="Jira Service Management",
            credential=ToolCredential.SHARED,
            verify=jira.verify,
            parse=jira.parse,
            statuses=jira.STATUSES,
            severities=jira.SEVERITIES,
            bodies=jira.BODIES,
        ),
        "chatwoot": Tool(
            name="Chatwoot",
            credential=ToolCredential.KEY,
            verify=chatwoot.verify,
            parse=chatwoot.parse,
            statuses=chatwoot.STATUSES,
            severities=chatwoot.SEVERITIES,
        ),
        "zammad": Tool(
            name="Zammad",
            credential=ToolCredential.SHARED,
            verify=zammad.verify,
            parse=zammad.parse,
            statuses=zammad.STATUSES,
            severities=zammad.SEVERITIES,
        ),
        "slack": Tool(
            name="Slack",
            credential=ToolCredential.KEY,
            verify=slack.verify,
            parse=slack.parse,
            handshake=slack.handshake,
            statuses=slack.STATUSES,
            severities=slack.SEVERITIES,
        ),
        "freshdesk": Tool(
            name="Freshdesk",
            credential=ToolCredential.BASIC,
            verify=freshdesk.verify,
            parse=freshdesk.parse,
            statuses=freshdesk.STATUSES,
            severities=freshdesk.SEVERITIES,
            bodies=freshdesk.BODIES,
        ),
        "intercom": Tool(
            name="Intercom",
            credential=ToolCredential.KEY,
            verify=intercom.verify,
            parse=intercom.parse,
            statuses=intercom.STATUSES,
            severities=intercom.SEVERITIES,
        ),
        "helpscout": Tool(
            name="Help Scout",
            credential=ToolCredential.SHARED,
            verify=helpscout.verify,
            parse=helpscout.parse,
            kept_headers=("x-helpscout-event",),
            statuses=helpscout.STATUSES,
            severities=helpscout.SEVERITIES,
            secret_most=40,
        ),
        "front": Tool(
            name="Front",
            credential=ToolCredential.KEY,
            verify=front.verify,
            parse=front.parse,
            handshake=front.handshake,
            statuses=front.STATUSES,
            severities=front.SEVERITIES,
        ),
    }
)
