"""The three groups of people, with exactly the rights that their work needs."""

from typing import Any

from django.contrib.auth.models import Group, Permission

_VIEW_WORK = (
    "tickets.view_ticket",
    "tickets.view_message",
    "tickets.view_attachment",
    "tickets.view_ticketevent",
    "tickets.view_triage",
    "tickets.view_customer",
    "tickets.view_contact",
    "sla.view_clock",
    "sla.view_clockentry",
    "sla.view_agreement",
    "sla.view_escalation",
    "sla.view_acknowledgement",
    "sla.view_dutyshift",
    "sla.view_rota",
)


def _all_of(model: str) -> tuple[str, ...]:
    app, name = model.split(".")
    return tuple(f"{app}.{verb}_{name}" for verb in ("view", "add", "change", "delete"))


RIGHTS: dict[str, tuple[str, ...]] = {
    # Work tickets; never configure, never see raw deliveries or secrets.
    "agents": (
        *_VIEW_WORK,
        "tickets.change_ticket",
        "tickets.add_severityauditanswer",
        "sla.add_acknowledgement",
    ),
    # Read what concerns their customers, and the reports.
    "csms": (
        *_VIEW_WORK,
        "tickets.view_severitymodel",
        "sla.view_plan",
        "sla.view_terms",
        "sla.view_breach_report",
    ),
    # Run it: sources, customers, agreements, deliveries and their replay.
    "operators": (
        *_VIEW_WORK,
        "tickets.view_source",
        "tickets.add_source",
        "tickets.change_source",
        "tickets.view_mailbox",
        "tickets.add_mailbox",
        "tickets.change_mailbox",
        "tickets.view_toolaccess",
        "tickets.add_toolaccess",
        "tickets.change_toolaccess",
        "tickets.view_tooldifference",
        "tickets.view_delivery",
        "tickets.replay_delivery",
        "tickets.view_apikey",
        "tickets.add_apikey",
        "tickets.change_apikey",
        "tickets.add_customer",
        "tickets.change_customer",
        "tickets.add_customerdomain",
        "tickets.change_customerdomain",
        "tickets.delete_customerdomain",
        "tickets.view_customerdomain",
        "tickets.add_contact",
        "tickets.change_contact",
        "tickets.view_severitymodel",
        "tickets.activate_severitymodel",
        "sla.add_agreement",
        "sla.change_agreement",
        "sla.view_terms",
        "sla.view_plan",
        "sla.view_objectives",
        "sla.view_businesscalendar",
        "sla.view_calendarversion",
        "sla.view_heartbeat",
        "sla.view_shadowrun",
        "sla.add_shadowrun",
        "sla.change_shadowrun",
        "sla.view_shadowfigure",
        "sla.view_laghour",
        "sla.add_acknowledgement",
        "sla.view_escalationpolicy",
        "sla.add_escalationpolicy",
        "sla.change_escalationpolicy",
        "sla.view_escalationstep",
        *_all_of("sla.contactrole"),
        *_all_of("sla.noticechannel"),
        *_all_of("sla.noticepreference"),
        *_all_of("sla.sourcerecipient"),
        "sla.view_notice",
        "sla.replay_notice",
        "sla.view_tooldisplay",
        "sla.add_tooldisplay",
        "sla.change_tooldisplay",
        "sla.view_panelrevocation",
        "sla.add_panelrevocation",
        "sla.view_toolupdate",
        "sla.replay_toolupdate",
        "sla.view_hook",
        "sla.add_hook",
        "sla.change_hook",
        "sla.view_hookcall",
        "sla.replay_hookcall",
        *_all_of("sla.rota"),
        *_all_of("sla.dutyshift"),
        *_all_of("sla.absence"),
        "sla.view_breach_report",
    ),
}


def grant_groups(sender: Any, **_: Any) -> None:
    """Makes the groups and sets their rights after each migration; idempotent."""
    if sender.name != "sla":
        return
    for name, rights in RIGHTS.items():
        group, _made = Group.objects.get_or_create(name=name)
        codes = [right.split(".") for right in rights]
        wanted = [
            permission
            for permission in Permission.objects.select_related("content_type").filter(
                codename__in=[codename for _, codename in codes]
            )
            if [permission.content_type.app_label, permission.codename] in codes
        ]
        group.permissions.set(wanted)
