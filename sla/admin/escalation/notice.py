"""The notices: what was told to whom, what waits, what was given up, and sending it again."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sla.admin.escalation.notice_words import notice_mark, told_whom
from sla.admin.outbox import SentAdmin
from sla.models import Notice, NoticeItem, NoticeState
from sla.operations.escalation.replay_notices import replay_notices
from tickets.queries import database_now

_MOST_ITEMS = 50


class NoticeAdmin(SentAdmin):
    """Notices by their fate; the dead letters are a filter of this list."""

    replay_right = "sla.replay_notice"
    list_display = ["created_at", "state_mark", "kind", "whom", "attempts", "sent_at", "trouble"]
    list_display_links = ["created_at"]
    list_filter = ["state", "kind", "channel"]
    list_select_related = ["channel", "recipient", "fallback_of__channel"]
    search_fields = ["=key", "recipient__username", "recipient__email"]
    ordering = ["-created_at", "-pk"]
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

    def replay(self, request: HttpRequest, ids: Sequence[int]) -> None:
        """Puts them back into the outbox, as far as they were given up."""
        count = replay_notices(notice_ids=ids, now=database_now())
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
