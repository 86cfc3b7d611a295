"""The notices: what was told to whom, what waits, what was given up, and sending it again."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sla.admin.escalation.notice_words import notice_mark, told_whom
from sla.models import Notice, NoticeItem, NoticeState
from sla.operations.escalation.replay_notices import replay_notices
from tickets.admin.bases import UnscopedReadOnlyAdmin
from tickets.queries import database_now

_MOST_ITEMS = 50


class NoticeAdmin(UnscopedReadOnlyAdmin):
    """Notices by their fate; the dead letters are a filter of this list."""

    list_display = ["created_at", "state_mark", "kind", "whom", "attempts", "sent_at", "trouble"]
    list_display_links = ["created_at"]
    list_filter = ["state", "kind", "channel"]
    list_select_related = ["channel", "recipient", "fallback_of__channel"]
    search_fields = ["=key", "recipient__username", "recipient__email"]
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    actions = ["send_again"]
    change_form_template = "sla/notice.html"
    fields = [
        "kind",
        "whom",
        "language",
        "created_at",
        "sent_at",
        "attempts",
        "fall_back",
        "key",
    ]
    readonly_fields = ["whom", "fall_back"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether this person may have a notice sent again that was given up."""
        return request.user.has_perm("sla.replay_notice")

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_mark(self, notice: Notice) -> SafeString:
        """Shape, colour and word."""
        return notice_mark(notice)

    @admin.display(description=gettext_lazy("to whom"))
    def whom(self, notice: Notice) -> str:
        """The person and the channel, or the address."""
        return told_whom(notice)

    @admin.display(description=gettext_lazy("fall-back"))
    def fall_back(self, notice: Notice) -> str:
        """The notice that this one replaces, or the one that replaces it."""
        before = notice.fallback_of
        if before is not None:
            return self._other(_("a mail instead of %(notice)s"), before)
        after = Notice.objects.filter(fallback_of=notice).first()
        return self._other(_("replaced by a mail: %(notice)s"), after) if after else "–"

    def _other(self, words: str, notice: Notice) -> SafeString:
        address = reverse(f"{self.admin_site.name}:sla_notice_change", args=[notice.pk])
        name = _("Notice %(number)d") % {"number": notice.pk}
        link = format_html('<a href="{}">{}</a>', address, name)
        return format_html(words % {"notice": "{}"}, link)

    @admin.display(description=gettext_lazy("trouble"))
    def trouble(self, notice: Notice) -> str:
        """What went wrong last, as far as a table has room."""
        return f"{notice.last_error[:77]}…" if len(notice.last_error) > 78 else notice.last_error

    @admin.action(description=gettext_lazy("Send again"), permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        """Puts the chosen ones back into the outbox, as far as they were given up."""
        self._replay(request, list(queryset.values_list("pk", flat=True)))

    def get_urls(self) -> list[URLPattern]:
        """The replay button."""
        own = [
            path(
                "<int:notice_id>/replay/",
                self.admin_site.admin_view(self.replay_view),
                name="sla_notice_replay",
            ),
        ]
        return [*own, *super().get_urls()]

    def replay_view(self, request: HttpRequest, notice_id: int) -> HttpResponse:
        """One notice back into the outbox (POST only)."""
        if request.method != "POST" or not self.has_replay_permission(request):
            raise PermissionDenied
        self._replay(request, [notice_id])
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:sla_notice_change", args=[notice_id])
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The notice with what it tells of; never its link, which is its recipient's alone."""
        found: Notice | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            items = NoticeItem.objects.filter(notice=found)
            more = {
                "title": _("Notice %(number)d") % {"number": found.pk},
                "subtitle": None,
                "notice": found,
                "mark": notice_mark(found),
                "items": items.select_related("escalation__clock__ticket").order_by(
                    "escalation__due_at", "pk"
                )[:_MOST_ITEMS],
                "taken": found.acknowledgements.select_related("clock__ticket", "by"),
                "may_replay": self.has_replay_permission(request)
                and found.state == NoticeState.DEAD,
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _replay(self, request: HttpRequest, notice_ids: list[int]) -> None:
        count = replay_notices(notice_ids=notice_ids, now=database_now())
        if not count:
            messages.warning(request, _("Only what was given up can be sent again."))
            return
        messages.success(
            request,
            ngettext(
                "%(count)d notice is in the outbox again.",
                "%(count)d notices are in the outbox again.",
                count,
            )
            % {"count": count},
        )
