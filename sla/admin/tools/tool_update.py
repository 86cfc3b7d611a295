"""What is written into tools: what waits, what was given up, and writing it again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext

from sla.admin.outbox import OutboxAdmin
from sla.admin.tools.tool_words import update_mark
from sla.admin.words import moment
from sla.domain.tools.shown import Shown
from sla.models import ToolUpdate
from sla.notifiers.tools.wording import state_text
from sla.operations.tools.replay_updates import replay_updates
from tickets.admin.sources.tool_words import trouble_text
from tickets.queries import database_now


class ToolUpdateAdmin(OutboxAdmin):
    """Updates by their fate; those that were given up are a filter of this list."""

    replay_right = "sla.replay_toolupdate"
    list_display = ["made_at", "state_mark", "source", "of_ticket", "kind", "attempts", "why"]
    list_display_links = ["made_at"]
    list_filter = ["state", "kind", "source"]
    list_select_related = ["source", "ticket"]
    ordering = ["-made_at", "-pk"]
    actions = ["write_again"]
    change_list_template = "sla/tool_updates.html"
    fields = [
        *("state_mark", "source", "of_ticket", "kind", "shows", "made_at", "attempts"),
        *("next_attempt_at", "written_at", "why"),
    ]
    readonly_fields = ["state_mark", "of_ticket", "shows", "why"]

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_mark(self, update: ToolUpdate) -> SafeString:
        """Shape, colour and word."""
        return update_mark(update)

    @admin.display(description=gettext_lazy("ticket"))
    def of_ticket(self, update: ToolUpdate) -> SafeString:
        """Our page of the ticket."""
        address = reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[update.ticket_id])
        return format_html('<a href="{}">{}</a>', address, update.ticket.reference)

    @admin.display(description=gettext_lazy("what is to be shown"))
    def shows(self, update: ToolUpdate) -> str:
        """State, severity and deadline."""
        shown = Shown.from_json(update.wanted)
        due = moment(shown.due_at) if shown.due_at else ""
        parts = (state_text(shown.state, get_language() or "en"), shown.severity, due)
        return " · ".join(part for part in parts if part)

    @admin.display(description=gettext_lazy("trouble"))
    def why(self, update: ToolUpdate) -> str:
        """What went wrong last."""
        return trouble_text(update.trouble) if update.trouble else "–"

    @admin.action(description=gettext_lazy("Write again"), permissions=["replay"])
    def write_again(self, request: HttpRequest, queryset: QuerySet[ToolUpdate]) -> None:
        """Puts the chosen ones back into the outbox, as far as they were given up."""
        ids = list(queryset.values_list("pk", flat=True))
        count = replay_updates(update_ids=ids, now=database_now())
        text = ngettext(
            "%(count)d update is in the outbox again.",
            "%(count)d updates are in the outbox again.",
            count,
        )
        level: Any = messages.success if count else messages.warning
        level(request, text % {"count": count})
