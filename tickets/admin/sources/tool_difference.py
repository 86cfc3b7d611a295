"""Every difference between our record and a tool's own, with the reason: for operators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.bases import UnscopedReadOnlyAdmin
from tickets.admin.marks import mark_html
from tickets.admin.sources.tool_words import trouble_text
from tickets.admin.sources.words import span
from tickets.domain.instants import BadInstant, parse_instant
from tickets.inbound.polls.table import POLLS
from tickets.models import DeliveryState, Differs, Source, ToolAccess, ToolDifference
from tickets.queries import database_now

# As the looks write them down: the status, and on whom it waits.
_STATUS_WORDS: Final[Mapping[str, Promise]] = {
    "open": gettext_lazy("Open"),
    "waiting": gettext_lazy("Waiting"),
    "waiting:customer": gettext_lazy("Waiting for the customer"),
    "waiting:third_party": gettext_lazy("Waiting for a third party"),
    "waiting:internal": gettext_lazy("Waiting for us"),
    "solved": gettext_lazy("Solved"),
}


class SettledFilter(SimpleListFilter):
    """Open ones unless asked otherwise."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Settled, or all of them; none chosen means the open ones."""
        return [("settled", _("Settled")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """The first one is named by what it shows."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Open")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen state."""
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "settled")


class ToolDifferenceAdmin(UnscopedReadOnlyAdmin):
    """What was found beside what we hold."""

    list_display = [
        *("found_at", "state", "source", "ticket_link", "what", "reason"),
        *("here", "there", "delivery_link"),
    ]
    list_display_links = None
    list_filter = [SettledFilter, "source", "because", "what"]
    list_select_related = ["source", "ticket", "delivery"]
    search_fields = ["thread"]
    search_help_text = gettext_lazy("The id of the conversation in the tool.")
    ordering = ["-found_at", "-id"]
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    actions = None
    change_list_template = "tickets/differences.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the bodies of their deliveries."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("delivery__body")

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: ToolDifference) -> SafeString:
        """Shape, colour and word."""
        if row.settled_at is not None:
            return mark_html("met", "✓", row.get_settled_how_display())
        if row.delivery is None:
            return mark_html("at_risk", "▲", _("open"))
        if row.delivery.state == DeliveryState.QUARANTINED:
            return mark_html("missed", "■", row.delivery.get_state_display())
        if row.delivery.state == DeliveryState.WAITING:
            return mark_html("waiting", "◌", row.delivery.get_state_display())
        return mark_html("met", "✓", row.delivery.get_state_display())

    @admin.display(description=gettext_lazy("ticket"))
    def ticket_link(self, row: ToolDifference) -> str | SafeString:
        """Our ticket; else the conversation's id there."""
        ticket = row.ticket
        if ticket is None:
            return row.thread
        address = reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[ticket.pk])
        return format_html(
            '<a class="ticket-cell" href="{}">{}</a> <span class="aside">{}</span>',
            address,
            ticket.reference,
            row.thread,
        )

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, row: ToolDifference) -> str:
        """Why it differs."""
        return row.get_because_display()

    @admin.display(description=gettext_lazy("here"))
    def here(self, row: ToolDifference) -> str:
        """What we hold."""
        return _readable(row, row.ours)

    @admin.display(description=gettext_lazy("there"))
    def there(self, row: ToolDifference) -> str:
        """What the tool says."""
        return _readable(row, row.theirs)

    @admin.display(description=gettext_lazy("delivery"))
    def delivery_link(self, row: ToolDifference) -> str | SafeString:
        """What was taken in."""
        if row.delivery_id is None:
            return "–"
        name = f"{self.admin_site.name}:tickets_delivery_change"
        address = reverse(name, args=[row.delivery_id])
        return format_html('<a href="{}">{}</a>', address, _("as it came"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under how each tool was looked at last."""
        more = {"looks": look_views()}
        return super().changelist_view(request, {**more, **(extra_context or {})})


def look_views() -> list[dict[str, Any]]:
    """Each access that looks: when it did, what it found, what is wrong."""
    now = database_now()
    rows = _accesses().filter(reads=True).order_by("source__name")
    return [_look_view(access, now) for access in rows]


def look_of(request: HttpRequest, source: Source) -> dict[str, Any] | None:
    """The same of one source, for its own page; None where nobody may see it or nothing looks."""
    if not request.user.has_perm("tickets.view_toolaccess"):
        return None
    access = _accesses().filter(source=source).first()
    return _look_view(access, database_now()) if access else None


def _accesses() -> QuerySet[Any]:
    return (
        ToolAccess.objects.select_related("source")
        .defer("token", "source__secrets")
        .annotate(
            open_count=Count("source__differences", filter=Q(source__differences__settled_at=None)),
            all_count=Count("source__differences"),
        )
    )


def _look_view(access: Any, now: datetime) -> dict[str, Any]:
    ago = _("never") if access.looked_at is None else span(now - access.looked_at)
    trouble = ""
    if access.trouble:
        trouble = trouble_text(access.trouble)
    waits = access.open_until and access.open_until > now
    return {
        "access": access,
        "source": access.source,
        "is_off": not (access.is_active and access.reads and access.source.is_active),
        "can_look": access.source.kind in POLLS,
        "looked_ago": ago,
        "has_looked": access.looked_at is not None,
        "looks_from": access.looks_from,
        "looked_until": access.looked_until,
        "trouble": trouble,
        "again_in": span(access.open_until - now) if waits else "",
        "open_count": getattr(access, "open_count", None),
        "all_count": getattr(access, "all_count", None),
    }


def _readable(row: ToolDifference, text: str) -> str:
    """Instants and our own statuses as people read them; the tool's words as they are."""
    words: list[str] = []
    for word in text.split():
        try:
            at = timezone.localtime(parse_instant(word))
        except BadInstant:
            is_ours = row.what == Differs.STATUS
            words.append(str(_STATUS_WORDS.get(word, word)) if is_ours else word)
        else:
            words.append(formats.date_format(at, "D j M H:i:s"))
    return " ".join(words) or "–"
