"""The tools that take answers, a row each; the key is the kind of the source."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tickets.outbound.tools.chatwoot import CHATWOOT
from tickets.outbound.tools.slack import SLACK
from tickets.outbound.tools.way import AnswerWay
from tickets.outbound.tools.zendesk import ZENDESK

ANSWER_WAYS: Final[Mapping[str, AnswerWay]] = MappingProxyType(
    {"zendesk": ZENDESK, "chatwoot": CHATWOOT, "slack": SLACK}
)
