"""Links to the panel, from the pages of a source and of a ticket: all of them made void at once."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from sla.models import PanelRevocation
from sla.operations.tools.panel_links import revoke_panel_links
from sla.queries.tools.panel_links import last_revocation
from tickets.models import Source, Ticket
from tickets.queries import database_now


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLinksView:
    """Where links are made void, and when that was done last."""

    address: str
    last: PanelRevocation | None


def panel_links_view(
    request: HttpRequest, source: Source, ticket: Ticket | None = None
) -> PanelLinksView | None:
    """For the page of a source or of a ticket; None for who may not do it."""
    if not request.user.has_perm("sla.add_panelrevocation"):
        return None
    name = "tickets_ticket_panel_links" if ticket else "tickets_source_panel_links"
    return PanelLinksView(
        address=reverse(f"admin:{name}", args=[ticket.pk if ticket else source.pk]),
        last=last_revocation(source, ticket),
    )


def panel_links_page(
    request: HttpRequest,
    page: "admin.ModelAdmin[Any]",
    source: Source,
    ticket: Ticket | None = None,
) -> HttpResponse:
    """GET asks whether, POST does it and goes back."""
    if not request.user.has_perm("sla.add_panelrevocation"):
        raise PermissionDenied
    thing = ticket or source
    name = "tickets_ticket_change" if ticket else "tickets_source_change"
    back = reverse(f"admin:{name}", args=[thing.pk])
    if request.method == "POST":
        user = cast("User", request.user)
        revoke_panel_links(source=source, ticket=ticket, user=user, now=database_now())
        page.log_change(request, thing, "Made the links to the panel void.")
        messages.success(request, _("The links to the panel that were made before are void."))
        return HttpResponseRedirect(back)
    context = {
        **page.admin_site.each_context(request),
        "title": _("Make links to the panel void"),
        "opts": page.opts,
        "thing": ticket.reference if ticket else source.name,
        "is_whole_source": ticket is None,
        "back": back,
        "last": last_revocation(source, ticket),
    }
    return TemplateResponse(request, "sla/panel_links.html", context)
