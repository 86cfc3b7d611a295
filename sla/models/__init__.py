"""What is stored of the promises; one file per thing."""

from sla.models.agreement import Agreement
from sla.models.calendar import BusinessCalendar, CalendarVersion
from sla.models.clock import Basis, Clock, ClockCause
from sla.models.clock_entry import ENTRY_LABELS, ClockEntry
from sla.models.heartbeat import Heartbeat
from sla.models.objectives import Objectives
from sla.models.plan import Plan
from sla.models.terms import Terms

__all__ = [
    "ENTRY_LABELS",
    "Agreement",
    "Basis",
    "BusinessCalendar",
    "CalendarVersion",
    "Clock",
    "ClockCause",
    "ClockEntry",
    "Heartbeat",
    "Objectives",
    "Plan",
    "Terms",
]
