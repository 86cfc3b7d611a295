"""The tools that can be asked for what changed, a row each; the key is the kind of the source."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tickets.inbound.polls.chatwoot import CHATWOOT
from tickets.inbound.polls.jira import JIRA
from tickets.inbound.polls.poll import Poll
from tickets.inbound.polls.zammad import ZAMMAD
from tickets.inbound.polls.zendesk import ZENDESK

POLLS: Final[Mapping[str, Poll]] = MappingProxyType(
    {"zendesk": ZENDESK, "jira": JIRA, "chatwoot": CHATWOOT, "zammad": ZAMMAD}
)
