"""What all our admin pages share: whose rows a person may see, and pages that only show."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Any]
    BaseInline = admin.TabularInline[Any, Any]
    BaseStackedInline = admin.StackedInline[Any, Any]
else:
    # Generic for the type checker only.
    BaseAdmin = admin.ModelAdmin
    BaseInline = admin.TabularInline
    BaseStackedInline = admin.StackedInline

M = TypeVar("M", bound=Model)

GROUPS_THAT_SEE_ALL = frozenset({"agents", "operators"})


def sees_everything(user: User | AnonymousUser) -> bool:
    """Agents, operators and superusers see every customer; everybody else only their own."""
    known = user.__dict__.get("sees_everything")
    if known is None:
        known = bool(user.is_active) and (
            user.is_superuser
            or not GROUPS_THAT_SEE_ALL.isdisjoint(user.groups.values_list("name", flat=True))
        )
        # One query per request: the user object lives as long as the request.
        user.__dict__["sees_everything"] = known
    return bool(known)


def restrict(rows: QuerySet[M], user: User | AnonymousUser, customer_path: str) -> QuerySet[M]:
    """The rows of the customers that a person may see; `customer_path` leads to the customer."""
    if sees_everything(user):
        return rows
    prefix = f"{customer_path}__" if customer_path else ""
    return rows.filter(**{f"{prefix}csm": user.pk})


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
