"""What arrived, as it arrived: for operators, with a second try for what was put aside."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tickets.admin.bases import UnscopedReadOnlyAdmin
from tickets.admin.marks import mark_html
from tickets.admin.ticket.attachment import download
from tickets.admin.ticket.receipt_words import rule_text, times_of
from tickets.models import Delivery, DeliveryState
from tickets.operations.incoming.process import replay_delivery

SHOWN_BYTES = 20_000
_MARKS = {
    DeliveryState.WAITING: ("waiting", "◌"),
    DeliveryState.PROCESSED: ("met", "✓"),
    DeliveryState.IGNORED: ("none", "–"),
    DeliveryState.QUARANTINED: ("missed", "■"),
}
REPLAYABLE = (DeliveryState.QUARANTINED, DeliveryState.IGNORED)


class DeliveryAdmin(UnscopedReadOnlyAdmin):
    """Deliveries by their fate; the quarantine is a filter of this list."""

    list_display = [
        "received_at",
        "state_mark",
        "source",
        "outcome",
        "ticket_link",
        "short_reason",
        "short_id",
    ]
    list_display_links = ["received_at"]
    list_filter = ["state", "outcome", "source", "conflict"]
    list_select_related = ["source", "ticket"]
    search_fields = ["external_id", "reason"]
    ordering = ["-stored_at"]
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    actions = ["process_again"]
    change_form_template = "tickets/delivery.html"
    fields = [
        "state_mark",
        "outcome",
        "reason",
        "source",
        "external_id",
        "received_at",
        "time_rule",
        "stored_at",
        "attempts",
        "next_attempt_at",
        "finished_at",
        "ticket_link",
        "size",
        "body_sha256",
        "erased_at",
        "headers",
    ]
    readonly_fields = ["state_mark", "ticket_link", "time_rule"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the bodies, which may be large."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("body")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether this person may have a delivery processed again."""
        return request.user.has_perm("tickets.replay_delivery")

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_mark(self, delivery: Delivery) -> SafeString:
        """Shape, colour and word."""
        mark, shape = _MARKS[DeliveryState(delivery.state)]
        return mark_html(mark, shape, delivery.get_state_display())

    @admin.display(description=gettext_lazy("delivery id"))
    def short_id(self, delivery: Delivery) -> str:
        """The id as far as a table has room."""
        text = delivery.external_id.removeprefix("sha256:")
        return f"{text[:15]}…" if len(text) > 16 else text

    @admin.display(description=gettext_lazy("reason"))
    def short_reason(self, delivery: Delivery) -> str:
        """The reason as far as a table has room."""
        return f"{delivery.reason[:117]}…" if len(delivery.reason) > 118 else delivery.reason

    @admin.display(description=gettext_lazy("ticket"))
    def ticket_link(self, delivery: Delivery) -> str | SafeString:
        """The ticket that it opened or joined."""
        if delivery.ticket is None:
            return "–"
        address = reverse(
            f"{self.admin_site.name}:tickets_ticket_change", args=[delivery.ticket.pk]
        )
        return format_html(
            '<a class="ticket-cell" href="{}">{}</a>', address, delivery.ticket.reference
        )

    @admin.display(description=gettext_lazy("how the time was found"))
    def time_rule(self, delivery: Delivery) -> str:
        """Why the delivery counts from that instant."""
        return rule_text(delivery.arrived_by)

    @admin.action(description=gettext_lazy("Process again"), permissions=["replay"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Puts the chosen ones back into the queue, as far as they were put aside."""
        possible = queryset.filter(state__in=REPLAYABLE, erased_at__isnull=True)
        chosen = list(possible.values_list("pk", flat=True))
        for delivery_id in chosen:
            replay_delivery(delivery_id=delivery_id, now=timezone.now())
        self._say(request, len(chosen))

    def get_urls(self) -> list[URLPattern]:
        """The replay button and the download."""
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<int:delivery_id>/replay/",
                wrap(self.replay_view),
                name="tickets_delivery_replay",
            ),
            path("<int:delivery_id>/raw/", wrap(self.raw_view), name="tickets_delivery_raw"),
        ]
        return [*own, *super().get_urls()]

    def replay_view(self, request: HttpRequest, delivery_id: int) -> HttpResponse:
        """One delivery back into the queue (POST only)."""
        if request.method != "POST" or not self.has_replay_permission(request):
            raise PermissionDenied
        delivery = self._delivery(request, delivery_id)
        possible = delivery.state in REPLAYABLE and delivery.erased_at is None
        if possible:
            replay_delivery(delivery_id=delivery.pk, now=timezone.now())
        self._say(request, int(possible))
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:tickets_delivery_change", args=[delivery.pk])
        )

    def raw_view(self, request: HttpRequest, delivery_id: int) -> HttpResponse:
        """The raw bytes as a download."""
        delivery = self._delivery(request, delivery_id)
        return download(bytes(delivery.body), f"delivery-{delivery.pk}.txt")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The delivery with the beginning of its raw text, escaped."""
        more: dict[str, Any] = {"may_replay": False}
        found: Delivery | None = self.get_object(request, object_id)
        if found is not None and self.has_view_permission(request, found):
            body = bytes(found.body)
            more = {
                "title": _("Delivery %(number)d") % {"number": found.pk},
                "subtitle": None,
                "raw_text": body[:SHOWN_BYTES].decode("utf-8", errors="replace"),
                "is_cut": len(body) > SHOWN_BYTES,
                "times": times_of(found),
                "may_replay": self.has_replay_permission(request)
                and found.state in REPLAYABLE
                and found.erased_at is None,
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _delivery(self, request: HttpRequest, delivery_id: int) -> Delivery:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Delivery | None = self.get_queryset(request).filter(pk=delivery_id).first()
        if found is None:
            raise Http404(_("There is no such delivery."))
        return found

    def _say(self, request: HttpRequest, count: int) -> None:
        if not count:
            messages.warning(
                request, _("Only what is in quarantine or ignored can be processed again.")
            )
            return
        messages.success(
            request,
            ngettext(
                "%(count)d delivery is in the queue again.",
                "%(count)d deliveries are in the queue again.",
                count,
            )
            % {"count": count},
        )
