"""The panel in the side bar of a tool: one ticket's promise, behind a signed link that expires.

It only looks: no log-in, no cookie, no form. It may be framed, by the tool of the ticket's source
alone; no other page of ours may.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from csp.constants import NONE
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sla.domain.tools.frame_ancestors import frame_ancestors
from sla.queries.tools.panel_links import (
    PanelLink,
    is_revoked,
    read_token,
    ticket_of,
    tool_address,
)
from sla.views.panel_page import panel_page, panel_zone
from tickets.models import Ticket

_THEMES = ("light", "dark")


@never_cache
@require_safe
def panel(request: HttpRequest, token: str) -> HttpResponse:
    """200 the promise; 404 and what to do when the link opens nothing (any more)."""
    # A receipt that ends now needs no fractions of a second.
    now = timezone.now().replace(microsecond=0)
    link = read_token(token)
    ticket = ticket_of(link) if link else None
    is_due = link is not None and ticket is not None and now < link.expires_at
    with _in_language(link):
        if link is not None and ticket is not None and is_due and not is_revoked(link, ticket):
            zone = panel_zone(ticket)
            with timezone.override(zone):
                context = {
                    "page": panel_page(ticket, now),
                    "now": now,
                    "zone": zone.key,
                    "good_seconds": int((link.expires_at - now).total_seconds()),
                }
                response = _written(request, "sla/panel.html", context, status=200)
        else:
            response = _written(request, "sla/panel_gone.html", {"revoked": is_due}, status=404)
    return _framed(response, ticket)


def _written(
    request: HttpRequest, template: str, context: dict[str, object], *, status: int
) -> HttpResponse:
    theme = request.GET.get("theme", "")
    context["theme"] = theme if theme in _THEMES else ""
    response = TemplateResponse(request, template, context, status=status).render()
    response["Content-Language"] = translation.get_language()
    return response


@contextmanager
def _in_language(link: PanelLink | None) -> Iterator[None]:
    """The link's own language before the browser's."""
    chosen = link.language if link and link.language else translation.get_language()
    with translation.override(chosen):
        yield


def _framed(response: HttpResponse, ticket: Ticket | None) -> HttpResponse:
    """Only the tool may frame it; the address is a key that nobody passes on or keeps."""
    source = ticket.source if ticket else None
    allowed = frame_ancestors(
        kind=source.kind if source else "",
        address=tool_address(source) if source else "",
        more=settings.PANEL_ANCESTORS,
    )
    response._csp_replace = {"frame-ancestors": list(allowed) or [NONE]}  # type: ignore[attr-defined]  # noqa: SLF001 - what its decorator sets
    # It knows one origin or none: browsers that know `frame-ancestors` ignore it anyway.
    response.xframe_options_exempt = bool(allowed)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
