"""What tools say of their own SLA: what is asked, and how the answers read. No network.

A reading is a generator: it yields questions, is sent the answers, and returns what it read.
Trouble of the tool is thrown in; what it has read by then is worth returning.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from tickets.inbound.figures import zammad, zendesk
from tickets.inbound.figures.wanted import Reading, Wanted

__all__ = ["READINGS", "Reading", "Wanted"]

# The tools whose own figures can be read.
READINGS: Final[Mapping[str, Callable[[Wanted], Reading]]] = MappingProxyType(
    {"zendesk": zendesk.read, "zammad": zammad.read}
)
