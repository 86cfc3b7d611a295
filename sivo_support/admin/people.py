"""Users and groups: only a superuser hands out rights, or somebody could raise their own."""

from typing import Any

from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


class OnlySuperusers:
    """Every right on a page is that of a superuser."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the pages are listed."""
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether they can be read."""
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether somebody can be added."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether somebody can be changed."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are switched off: the log names them."""
        return False


class PeopleAdmin(OnlySuperusers, UserAdmin):  # type: ignore[type-arg]
    """Our people."""

    list_display = ["username", "first_name", "last_name", "email", "is_staff", "is_active"]


class GroupAdmin(OnlySuperusers, PlainGroupAdmin):
    """The groups; their rights are set anew after each migration."""
