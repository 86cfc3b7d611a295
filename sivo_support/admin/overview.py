"""The numbers of the first page, each a link to what it counts."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sla.admin.clocks.ticket import last_sweep
from sla.admin.duty.words import duty_alarms
from sla.admin.escalation.lag import watch_view
from sla.admin.hooks.hook_words import hook_alarms
from sla.models import Notice, NoticeState
from sla.queries.clocks.desk import desk_counts
from tickets.admin.sources.words import light_view
from tickets.admin.tabs import ATTENTION
from tickets.models import Delivery, DeliveryState, Ticket, ToolDifference
from tickets.operations.source_health import Light, all_health
from tickets.rights import restrict

MOST_SOURCES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One number; `mark` gives shape and colour when it is not 0."""

    label: str
    count: int
    address: str
    mark: str
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What needs somebody now, and what is wrong with the service itself."""

    tiles: list[Tile]
    alarms: list[str]


def overview(request: HttpRequest, now: datetime) -> Overview:
    """The tiles that this person has the rights for, in a fixed number of queries."""
    tiles: list[Tile] = []
    alarms: list[str] = []
    if request.user.has_perm("tickets.view_ticket"):
        tickets = restrict(Ticket.objects.all(), request.user, "customer")
        counts = desk_counts(tickets, now)
        attention = tickets.filter(ATTENTION).count()
        desk = reverse("admin:tickets_ticket_changelist")
        tiles += [
            _tile(_("missed and open"), counts.missed, f"{desk}?show=missed", "missed", "■"),
            _tile(_("at risk"), counts.at_risk, f"{desk}?show=at_risk", "at_risk", "▲"),
            _tile(_("need attention"), attention, f"{desk}?show=attention", "missed", "⚑"),
            _tile(_("need triage"), counts.triage, f"{desk}?show=triage", "triage", "◆"),
            _tile(_("unassigned"), counts.unassigned, f"{desk}?show=unassigned", "plain", "○"),
        ]
        if counts.stale:
            alarms.append(
                _("The clocks of %(count)d tickets could not be read; they are tried again.")
                % {"count": counts.stale}
            )
        sweep = last_sweep(now)
        if sweep is not None:
            alarms.append(sweep.text)
    if request.user.has_perm("sla.view_laghour"):
        alarms += _watchdog_in_need(now)
    tiles += _upkeep_tiles(request)
    if request.user.has_perm("sla.view_hook"):
        alarms += hook_alarms()
    if request.user.has_perm("tickets.view_source"):
        alarms += _sources_in_need(now)
    alarms += duty_alarms(request, now)
    return Overview(tiles=tiles, alarms=alarms)


def _upkeep_tiles(request: HttpRequest) -> list[Tile]:
    """What waits for an operator: deliveries, differences that are there, notices."""
    tiles: list[Tile] = []
    if request.user.has_perm("tickets.view_delivery"):
        put_aside = Delivery.objects.filter(state=DeliveryState.QUARANTINED).count()
        address = reverse("admin:tickets_delivery_changelist") + "?state__exact=quarantined"
        tiles.append(_tile(_("deliveries in quarantine"), put_aside, address, "at_risk", "▣"))
    if request.user.has_perm("tickets.view_tooldifference"):
        count = ToolDifference.objects.filter(settled_at=None).count()
        address = reverse("admin:tickets_tooldifference_changelist")
        if count:
            tiles.append(_tile(_("open differences"), count, address, "at_risk", "≠"))
    if request.user.has_perm("sla.view_notice"):
        given_up = Notice.objects.filter(state=NoticeState.DEAD).count()
        address = reverse("admin:sla_notice_changelist") + "?state__exact=dead"
        tiles.append(_tile(_("notices given up"), given_up, address, "missed", "■"))
    return tiles


def _watchdog_in_need(now: datetime) -> list[str]:
    """What the watchdog says against the escalations, with the page that tells more."""
    watch = watch_view(now)
    if watch.mark != "missed":
        return []
    address = reverse("admin:sla_laghour_changelist")
    return [format_html('<a href="{}">{}</a>', address, watch.text)]


def _sources_in_need(now: datetime) -> list[str]:
    """A sentence for each source that is silent or in trouble, for the first few of them."""
    found: list[str] = [
        format_html(
            '<a href="{}">{}</a>: {}',
            reverse("admin:tickets_source_change", args=[health.source.pk]),
            health.source.name,
            light_view(health, now).text,
        )
        for health in all_health(now=now)
        if health.light in {Light.SILENT, Light.TROUBLE}
    ]
    more = len(found) - MOST_SOURCES
    if more > 0:
        found[MOST_SOURCES:] = [
            ngettext(
                "%(count)d more source needs somebody.",
                "%(count)d more sources need somebody.",
                more,
            )
            % {"count": more}
        ]
    return found


def _tile(label: str, count: int, address: str, mark: str, shape: str) -> Tile:
    return Tile(
        label=label, count=count, address=address, mark=mark if count else "none", shape=shape
    )
