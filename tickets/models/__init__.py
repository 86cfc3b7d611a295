"""What is stored of the conversation; one file per thing."""

from tickets.models.api_call import ApiCall
from tickets.models.api_key import ApiKey
from tickets.models.attachment import Attachment
from tickets.models.contact import Contact
from tickets.models.customer import Customer, CustomerDomain
from tickets.models.delivery import TOOL_API, Delivery, DeliveryState, Outcome
from tickets.models.mailbox import LoginKind, Mailbox, MailFolder, OAuthProvider, Security
from tickets.models.message import Message, SendState
from tickets.models.severity_audit import (
    SeverityAudit,
    SeverityAuditAnswer,
    SeverityAuditTicket,
)
from tickets.models.severity_correction import SeverityCorrection
from tickets.models.severity_model import ModelState, SeverityModel, SeverityModelChange
from tickets.models.source import MAIL_KINDS, STATUS_MEANINGS, TOOL_KINDS, Source, SourceKind
from tickets.models.ticket import REFERENCE, SeverityOrigin, Ticket
from tickets.models.ticket_event import TicketEvent
from tickets.models.tool_access import ToolAccess
from tickets.models.tool_difference import Because, Differs, SettledHow, ToolDifference
from tickets.models.triage import Triage

__all__ = [
    "MAIL_KINDS",
    "REFERENCE",
    "STATUS_MEANINGS",
    "TOOL_API",
    "TOOL_KINDS",
    "ApiCall",
    "ApiKey",
    "Attachment",
    "Because",
    "Contact",
    "Customer",
    "CustomerDomain",
    "Delivery",
    "DeliveryState",
    "Differs",
    "LoginKind",
    "MailFolder",
    "Mailbox",
    "Message",
    "ModelState",
    "OAuthProvider",
    "Outcome",
    "Security",
    "SendState",
    "SettledHow",
    "SeverityAudit",
    "SeverityAuditAnswer",
    "SeverityAuditTicket",
    "SeverityCorrection",
    "SeverityModel",
    "SeverityModelChange",
    "SeverityOrigin",
    "Source",
    "SourceKind",
    "Ticket",
    "TicketEvent",
    "ToolAccess",
    "ToolDifference",
    "Triage",
]
