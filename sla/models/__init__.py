"""What is stored of the promises; one file per thing."""

from sla.models.agreement import Agreement
from sla.models.calendar import BusinessCalendar, CalendarVersion
from sla.models.clock import Basis, Clock, ClockCause
from sla.models.clock_entry import ENTRY_LABELS, ClockEntry
from sla.models.duty import Absence, DutyShift, Rota, ShiftLayer
from sla.models.escalation import AcknowledgedVia, Acknowledgement, Escalation
from sla.models.escalation_policy import ContactRole, EscalationPolicy, EscalationStep
from sla.models.heartbeat import Heartbeat
from sla.models.hook import HOOK_TYPE_LABELS, DisabledReason, Hook
from sla.models.hook_call import CallState, HookAttempt, HookCall, HookEvent
from sla.models.lag_hour import LagHour, LagKind
from sla.models.notice import (
    ChannelKind,
    Notice,
    NoticeChannel,
    NoticeItem,
    NoticeKind,
    NoticePreference,
    NoticeState,
    SourceRecipient,
)
from sla.models.objectives import Objectives
from sla.models.panel_revocation import PanelRevocation
from sla.models.plan import Plan
from sla.models.shadow import ShadowFigure, ShadowRun
from sla.models.terms import Terms
from sla.models.tool_display import ToolDisplay
from sla.models.tool_update import ToolUpdate, UpdateKind, UpdateState

__all__ = [
    "ENTRY_LABELS",
    "HOOK_TYPE_LABELS",
    "Absence",
    "AcknowledgedVia",
    "Acknowledgement",
    "Agreement",
    "Basis",
    "BusinessCalendar",
    "CalendarVersion",
    "CallState",
    "ChannelKind",
    "Clock",
    "ClockCause",
    "ClockEntry",
    "ContactRole",
    "DisabledReason",
    "DutyShift",
    "Escalation",
    "EscalationPolicy",
    "EscalationStep",
    "Heartbeat",
    "Hook",
    "HookAttempt",
    "HookCall",
    "HookEvent",
    "LagHour",
    "LagKind",
    "Notice",
    "NoticeChannel",
    "NoticeItem",
    "NoticeKind",
    "NoticePreference",
    "NoticeState",
    "Objectives",
    "PanelRevocation",
    "Plan",
    "Rota",
    "ShadowFigure",
    "ShadowRun",
    "ShiftLayer",
    "SourceRecipient",
    "Terms",
    "ToolDisplay",
    "ToolUpdate",
    "UpdateKind",
    "UpdateState",
]
