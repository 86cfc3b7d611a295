"""Registers the final page of each thing with the one admin site, once."""

from django.contrib import admin
from django.contrib.auth.models import Group, User

from sivo_support.admin.people import GroupAdmin, PeopleAdmin
from sivo_support.admin.source import SourceAdmin
from sla import models as sla
from sla.admin.clocks.clock import ClockAdmin, HeartbeatAdmin
from sla.admin.clocks.ticket import TicketAdmin
from sla.admin.duty.rota import RotaAdmin
from sla.admin.duty.rows import AbsenceAdmin, DutyShiftAdmin
from sla.admin.escalation.lag import LagAdmin
from sla.admin.escalation.notice import NoticeAdmin
from sla.admin.escalation.notice_channel import NoticeChannelAdmin
from sla.admin.escalation.notice_people import NoticePreferenceAdmin, SourceRecipientAdmin
from sla.admin.escalation.people import ContactRoleAdmin
from sla.admin.escalation.policy import EscalationPolicyAdmin
from sla.admin.hooks.hook import HookAdmin
from sla.admin.hooks.hook_call import HookCallAdmin
from sla.admin.terms.agreement import AgreementAdmin, CustomerAdmin
from sla.admin.terms.terms import (
    BusinessCalendarAdmin,
    CalendarVersionAdmin,
    ObjectivesAdmin,
    PlanAdmin,
    TermsAdmin,
)
from sla.admin.tools.shadow import ShadowRunAdmin
from sla.admin.tools.tool_display import ToolDisplayAdmin
from sla.admin.tools.tool_update import ToolUpdateAdmin
from tickets import models as tickets
from tickets.admin.api.key import ApiKeyAdmin
from tickets.admin.customer import ContactAdmin
from tickets.admin.severity.audit import SeverityAuditAdmin
from tickets.admin.severity.quality import SeverityModelAdmin
from tickets.admin.sources.delivery import DeliveryAdmin
from tickets.admin.sources.tool_difference import ToolDifferenceAdmin

for model, page in {
    tickets.Ticket: TicketAdmin,
    tickets.Customer: CustomerAdmin,
    tickets.Contact: ContactAdmin,
    tickets.ApiKey: ApiKeyAdmin,
    tickets.Delivery: DeliveryAdmin,
    tickets.Source: SourceAdmin,
    tickets.ToolDifference: ToolDifferenceAdmin,
    tickets.SeverityModel: SeverityModelAdmin,
    tickets.SeverityAudit: SeverityAuditAdmin,
    sla.Agreement: AgreementAdmin,
    sla.Clock: ClockAdmin,
    sla.EscalationPolicy: EscalationPolicyAdmin,
    sla.ContactRole: ContactRoleAdmin,
    sla.Terms: TermsAdmin,
    sla.Plan: PlanAdmin,
    sla.Objectives: ObjectivesAdmin,
    sla.BusinessCalendar: BusinessCalendarAdmin,
    sla.CalendarVersion: CalendarVersionAdmin,
    sla.Heartbeat: HeartbeatAdmin,
    sla.LagHour: LagAdmin,
    sla.Hook: HookAdmin,
    sla.HookCall: HookCallAdmin,
    sla.Notice: NoticeAdmin,
    sla.NoticeChannel: NoticeChannelAdmin,
    sla.NoticePreference: NoticePreferenceAdmin,
    sla.SourceRecipient: SourceRecipientAdmin,
    sla.Rota: RotaAdmin,
    sla.DutyShift: DutyShiftAdmin,
    sla.Absence: AbsenceAdmin,
    sla.ToolDisplay: ToolDisplayAdmin,
    sla.ToolUpdate: ToolUpdateAdmin,
    sla.ShadowRun: ShadowRunAdmin,
}.items():
    admin.site.register(model, page)

# django.contrib.auth has registered its own: only superusers may hand out rights.
admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.register(User, PeopleAdmin)
admin.site.register(Group, GroupAdmin)
