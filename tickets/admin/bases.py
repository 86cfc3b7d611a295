"""What all our admin pages share: rows of the customers that one may see, pages that only show."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from tickets.rights import restrict

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Any]
    BaseInline = admin.TabularInline[Any, Any]
    BaseStackedInline = admin.StackedInline[Any, Any]
else:
    # Generic for the type checker only.
    BaseAdmin = admin.ModelAdmin
    BaseInline = admin.TabularInline
    BaseStackedInline = admin.StackedInline


class TitledAdmin(BaseAdmin):
    """Lists are named by what they show."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list under the name of its rows."""
        title = capfirst(str(self.opts.verbose_name_plural))
        page: HttpResponse = super().changelist_view(
            request, {"title": title, **(extra_context or {})}
        )
        return page


class ScopedAdmin(TitledAdmin):
    """Shows a person the rows of their customers; what they may not see does not exist."""

    customer_path = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that this person may see."""
        return restrict(super().get_queryset(request), request.user, self.customer_path)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted by hand: logs, promises and conversations only grow."""
        return False


class ReadOnlyAdmin(ScopedAdmin):
    """Pages that only show."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows come from operations and commands."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are changed by operations and commands."""
        return False


class UnscopedAdmin(TitledAdmin):
    """Pages about things that belong to no customer; the rights of the group decide."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switched off or ended, never deleted: the logs point to it."""
        return False


class UnscopedReadOnlyAdmin(UnscopedAdmin):
    """Pages that only show, about things that belong to no customer."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows come from operations and commands."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are changed by operations and commands."""
        return False
