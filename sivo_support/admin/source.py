"""The page of a source, with what its tool can do beyond the webhooks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from sivo_support.admin.source_way import way_of
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
        if found is not None and found.is_tool and self.has_view_permission(request, found):
            more = {
                "way": way_of(request, found, timezone.now()),
                "shows_nothing": found.kind not in WRITERS,
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
