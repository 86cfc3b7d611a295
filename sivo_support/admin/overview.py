"""The numbers of the first page, each a link to what it counts."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from sla.admin.ticket import last_sweep
from sla.queries.desk import desk_counts
from tickets.admin.bases import restrict
from tickets.admin.tabs import ATTENTION
from tickets.models import Delivery, DeliveryState, Ticket


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
    """The tiles that this person has the rights for, in five queries at most."""
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
    if request.user.has_perm("tickets.view_delivery"):
        put_aside = Delivery.objects.filter(state=DeliveryState.QUARANTINED).count()
        address = reverse("admin:tickets_delivery_changelist") + "?state__exact=quarantined"
        tiles.append(_tile(_("deliveries in quarantine"), put_aside, address, "at_risk", "▣"))
    return Overview(tiles=tiles, alarms=alarms)


def _tile(label: str, count: int, address: str, mark: str, shape: str) -> Tile:
    return Tile(
        label=label, count=count, address=address, mark=mark if count else "none", shape=shape
    )
