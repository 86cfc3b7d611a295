"""The page of a source, with what its tool can do beyond the webhooks."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone

from sivo_support.admin.source_way import way_of
from sla.admin.tools.panel_links import panel_links_page, panel_links_view
from sla.notifiers.tools.table import WRITERS
from tickets.admin.sources.source import SourceAdmin as DeliveriesAdmin
from tickets.models import Source


class SourceAdmin(DeliveriesAdmin):
    """The final page: what comes in, and what goes back."""

    change_form_template = "sla/source.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With the steps beyond the webhooks."""
        found: Source | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            more["panel_links"] = panel_links_view(request, found)
            if found.is_tool:
                more["way"] = way_of(request, found, timezone.now())
                more["shows_nothing"] = found.kind not in WRITERS
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """With the page that makes links to the panel void."""
        own = path(
            "<uuid:source_id>/panel-links/",
            self.admin_site.admin_view(self.panel_links_view),
            name="tickets_source_panel_links",
        )
        return [own, *super().get_urls()]

    def panel_links_view(self, request: HttpRequest, source_id: UUID) -> HttpResponse:
        """Asks whether the links of all tickets of this source shall be void, and does it."""
        return panel_links_page(request, self, get_object_or_404(Source, pk=source_id))
