"""What tools say of their business hours: what is asked, and how the answers read. No network."""

from collections.abc import Callable, Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tickets.domain.tool_request import ToolAnswer, ToolRequest
from tickets.domain.tool_schedule import ToolSchedule
from tickets.inbound.schedules import zammad, zendesk

ScheduleReading = Generator[ToolRequest, ToolAnswer, Sequence[ToolSchedule]]

# The tools whose schedules can be read.
SCHEDULES: Final[Mapping[str, Callable[[], ScheduleReading]]] = MappingProxyType(
    {"zendesk": zendesk.read, "zammad": zammad.read}
)
