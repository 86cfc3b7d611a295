"""The page of a source, with how deadlines show in its tool."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from sla.admin.tool_words import display_mark
from sla.models import ToolDisplay, ToolUpdate, UpdateState
from sla.notifiers.tools.table import WRITERS
from tickets.admin.labels import in_words
from tickets.admin.source import SourceAdmin as DeliveriesAdmin
from tickets.models import Source, ToolAccess


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
        """With the panel of what is written into the tool."""
        found: Source | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and found.is_tool and self.has_view_permission(request, found):
            more = _panel(found)
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


def _panel(source: Source) -> dict[str, Any]:
    if source.kind not in WRITERS:
        return {"shows_nothing": True}
    display = ToolDisplay.objects.filter(source=source).first()
    if display is None:
        return {"shows_deadlines": True}
    access = ToolAccess.objects.filter(source=source).first()
    rows = ToolUpdate.objects.filter(source=source)
    return {
        "shows_deadlines": True,
        "display": display,
        "display_mark": display_mark(access, display, timezone.now()),
        "display_trouble": in_words(display.trouble),
        "updates_waiting": rows.filter(state=UpdateState.WAITING).count(),
        "updates_given_up": rows.filter(state=UpdateState.GIVEN_UP).count(),
    }
