"""What the pages of all outboxes share: rows by their fate, and the right to send them again."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy

from tickets.admin.bases import UnscopedReadOnlyAdmin


class OutboxAdmin(UnscopedReadOnlyAdmin):
    """Rows that leave by themselves; those that were given up are a filter of the list."""

    replay_right: ClassVar[str]
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether this person may have a row sent again."""
        return request.user.has_perm(self.replay_right)


class SentAdmin(OutboxAdmin):
    """An outbox whose rows tell their last error, and are sent again from list and page."""

    actions = ["send_again"]

    def replay(self, request: HttpRequest, ids: Sequence[int]) -> None:
        """Puts these rows back into the outbox and says how many went."""
        raise NotImplementedError

    @admin.display(description=gettext_lazy("trouble"))
    def trouble(self, row: Any) -> str:
        """What went wrong last, as far as a table has room."""
        error: str = row.last_error
        return f"{error[:77]}…" if len(error) > 78 else error

    @admin.action(description=gettext_lazy("Send again"), permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The chosen ones, as far as they can be."""
        self.replay(request, list(queryset.values_list("pk", flat=True)))

    def get_urls(self) -> list[URLPattern]:
        """The replay button."""
        own = path(
            "<int:row_id>/replay/",
            self.admin_site.admin_view(self.replay_view),
            name=f"{self._name}_replay",
        )
        return [own, *super().get_urls()]

    def replay_view(self, request: HttpRequest, row_id: int) -> HttpResponse:
        """One row again (POST only)."""
        if request.method != "POST" or not self.has_replay_permission(request):
            raise PermissionDenied
        self.replay(request, [row_id])
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:{self._name}_change", args=[row_id])
        )

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"
