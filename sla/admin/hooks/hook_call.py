"""The calls of webhooks: what was sent to whom, what came back, and sending it again."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sla.admin.hooks.hook_words import call_mark, type_words
from sla.admin.outbox import SentAdmin
from sla.domain.hooks.limits import TEST_TYPE, body_of, message_id_of
from sla.models import HookCall
from sla.operations.hooks.replay_hooks import replay_calls
from tickets.queries import database_now

_MOST_TRIES = 50


class HookCallAdmin(SentAdmin):
    """Calls, those that were taken too: a receiver may have lost them."""

    replay_right = "sla.replay_hookcall"
    list_display = ["created_at", "mark", "hook", "type", "about", "attempts", "status", "trouble"]
    list_display_links = ["created_at"]
    list_filter = ["state", "hook", "event__type", "created_at"]
    list_select_related = ["hook", "event__ticket"]
    search_fields = ["=event__ticket__id"]
    search_help_text = gettext_lazy("The number of a ticket, without its letters")
    change_form_template = "sla/hook_call.html"
    fields = ["hook", "what", "about", "happened_at", "created_at", "ended_at", "webhook_id"]
    readonly_fields = ["what", "about", "happened_at", "webhook_id"]

    @admin.display(description=gettext_lazy("state"))
    def mark(self, call: HookCall) -> SafeString:
        """Shape, colour and word."""
        return call_mark(call)

    @admin.display(description=gettext_lazy("event"))
    def type(self, call: HookCall) -> str:
        """As programs read it."""
        return call.event.type

    @admin.display(description=gettext_lazy("event"))
    def what(self, call: HookCall) -> str:
        """The type and what it means."""
        return f"{call.event.type} – {type_words(call.event.type)}"

    @admin.display(description=gettext_lazy("ticket"))
    def about(self, call: HookCall) -> str:
        """The ticket, with the way to it."""
        ticket = call.event.ticket
        if ticket is None:
            return "–"
        page = reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[ticket.pk])
        return format_html('<a href="{}">{}</a>', page, ticket.reference)

    @admin.display(description=gettext_lazy("happened at"))
    def happened_at(self, call: HookCall) -> str:
        """When it happened, which is not when we noticed."""
        return formats.date_format(timezone.localtime(call.event.at), "D j M Y H:i:s")

    @admin.display(description=gettext_lazy("webhook-id"))
    def webhook_id(self, call: HookCall) -> str:
        """The same over all attempts."""
        return message_id_of(call.event_id)

    @admin.display(description=gettext_lazy("HTTP status"), empty_value="–")
    def status(self, call: HookCall) -> int | None:
        """What came back last."""
        return call.last_status

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The call with its attempts and the body as it is sent."""
        found: HookCall | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            event = found.event
            body = json.loads(body_of(event.type, event.at, event.data))
            more = {
                "title": f"{event.type} → {found.hook}",
                "subtitle": None,
                "call": found,
                "mark": call_mark(found),
                "tries": found.tries.order_by("-at", "-pk")[:_MOST_TRIES],
                "body": json.dumps(body, ensure_ascii=False, indent=2),
                "may_replay": self.has_replay_permission(request) and event.type != TEST_TYPE,
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def replay(self, request: HttpRequest, ids: Sequence[int]) -> None:
        """The chosen ones, taken or given up."""
        count = replay_calls(call_ids=ids, now=database_now())
        if not count:
            messages.warning(
                request,
                _("Nothing was sent again: it leaves by itself soon, or its webhook is off."),
            )
            return
        words = ngettext("%d call is sent again.", "%d calls are sent again.", count) % count
        messages.success(request, words)
