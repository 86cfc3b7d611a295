"""The keys of the API: made once, shown once, revoked; never changed."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.api.key_form import ApiKeyForm
from tickets.admin.bases import UnscopedAdmin
from tickets.admin.form_once import form_token, made_before, note_sent
from tickets.admin.marks import mark_html
from tickets.domain.scopes import all_scopes
from tickets.models import ApiKey
from tickets.operations.api.keys import make_key, revoke_key
from tickets.queries import person_name


class ApiKeyAdmin(UnscopedAdmin):
    """Which program may do what, in whose name, until when."""

    list_display = ["name", "state", "acts_as", "may", "prefix", "expires_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["name", "prefix"]
    actions = None
    sortable_by = ["name", "expires_at", "last_used_at"]
    change_form_template = "tickets/api_key.html"
    readonly_fields = ["state", "acts_as", "may"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked for a new one; what is known of one that is there."""
        if obj is None:
            return ["name", "acts_as_what", "group", "person", "scopes", "days"]
        return [
            *("name", "state", "acts_as", "may", "prefix"),
            *("made_at", "made_by", "expires_at", "last_used_at", "revoked_at", "revoked_by"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key never changes: one that may more is another key."""
        return self.readonly_fields if obj is None else self.get_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the groups of the machines."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related("user__groups")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Knows who asks."""
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        return type("ApiKeyFormOf", (ApiKeyForm,), {"maker": request.user, "now": timezone.now()})

    @admin.display(description=gettext_lazy("state"))
    def state(self, key: ApiKey) -> SafeString:
        """Shape, colour and word."""
        return state_mark(key, timezone.now())

    @admin.display(description=gettext_lazy("acts as"), ordering="user")
    def acts_as(self, key: ApiKey) -> str:
        """The person, or the machine with its groups."""
        if key.is_machine:
            groups = ", ".join(group.name for group in key.user.groups.all())
            return _("a machine of the group %(groups)s") % {"groups": groups}
        return person_name(key.user)

    @admin.display(description=gettext_lazy("allowed to"))
    def may(self, key: ApiKey) -> str:
        """What it may do, in words."""
        labels = {scope.code: str(scope.label) for scope in all_scopes()}
        return ", ".join(labels.get(code, code) for code in key.scopes)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Makes a key and shows its secret, this once; a reload makes no other one."""
        more = {
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "form_token": form_token(request),
        }
        if request.method == "POST" and self.has_add_permission(request):
            form = self.get_form(request)(request.POST)
            if form.is_valid():
                return self._made(request, form)
        page: HttpResponse = super().add_view(request, form_url, {**more, **(extra_context or {})})
        return page

    @transaction.atomic
    def _made(self, request: HttpRequest, form: ApiKeyForm) -> HttpResponse:
        words = _(
            "This form has made its key already, which was shown once. If you have not copied "
            "it, revoke it here and make another one."
        )
        back = reverse(f"{self.admin_site.name}:tickets_apikey_changelist")
        before = made_before(request, form.now, words=words, back=back)
        if before is not None:
            return before
        key, secret = make_key(**form.wanted, made_by=cast("User", request.user), now=form.now)
        note_sent(request, form.now)
        self.log_addition(request, key, "Made a key.")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Key of %(name)s") % {"name": key.name},
            "opts": self.opts,
            "key": key,
            "secret": secret,
        }
        return TemplateResponse(request, "tickets/api_key_secret.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The key, and the button that revokes it."""
        if request.method == "POST":
            raise PermissionDenied
        found: ApiKey | None = self.get_object(request, object_id)
        more = {
            "title": str(found),
            "subtitle": None,
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
            "is_revocable": found is not None
            and found.revoked_at is None
            and self.has_change_permission(request, found),
        }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """Revoking."""
        own = [
            path(
                "<int:key_id>/revoke/",
                self.admin_site.admin_view(self.revoke_view),
                name="tickets_apikey_revoke",
            )
        ]
        return [*own, *super().get_urls()]

    def revoke_view(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """The key opens nothing from now on (POST only)."""
        found = ApiKey.objects.filter(pk=key_id).first()
        if found is None:
            raise Http404(_("There is no such key."))
        if request.method != "POST" or not self.has_change_permission(request, found):
            raise PermissionDenied
        revoke_key(key_id=key_id, user=cast("User", request.user), now=timezone.now())
        self.log_change(request, found, "Revoked the key.")
        messages.success(request, _("The key is revoked: it opens nothing any more."))
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:tickets_apikey_change", args=[key_id])
        )


def state_mark(key: ApiKey, now: datetime) -> SafeString:
    """Whether a key opens anything, as shape, colour and word."""
    if key.revoked_at is not None:
        return mark_html("cancelled", "–", _("Revoked"))
    if key.expires_at <= now:
        return mark_html("missed", "■", _("Expired"))
    if not key.is_held:
        return mark_html("cancelled", "–", _("Its person has left"))
    return mark_html("met", "✓", _("In use") if key.last_used_at else _("Not used yet"))
