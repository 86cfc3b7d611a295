"""Origins of deliveries; a secret can be set and made here, and never be read again."""

import base64
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tickets.admin.bases import UnscopedAdmin
from tickets.admin.labels import in_words
from tickets.inbound.standard import SecretError, check_secret
from tickets.models import Source, SourceKind

PREFIX = "whsec_"
# Standard Webhooks asks for 24 to 64.
_BYTES = 32


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A secret goes in, none comes out."""

    new_secret = forms.CharField(
        label=gettext_lazy("New signing secret"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text=gettext_lazy(
            "Only if the other side made the secret (whsec_… or whpk_…). It is added in front "
            "of those that are set; it cannot be read here again."
        ),
    )

    def clean_new_secret(self) -> str:
        """A secret as Standard Webhooks writes it."""
        secret = str(self.cleaned_data.get("new_secret") or "").strip()
        if not secret:
            return ""
        try:
            check_secret(secret)
        except SecretError as error:
            raise forms.ValidationError(in_words(error)) from None
        return secret


class SourceAdmin(UnscopedAdmin):
    """This mailbox, that helpdesk."""

    form = SourceForm
    list_display = ["name", "kind", "channel", "is_active", "secret_state"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name"]
    actions = None
    change_form_template = "tickets/source.html"
    readonly_fields = ["hook_address", "secret_state", "created_at"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The secret's field only for those who may change the source."""
        fields = ["name", "kind", "channel", "is_active", "stop_tolerance_seconds"]
        secret: list[str] = ["secret_state"]
        if self.has_change_permission(request, obj):
            secret.append("new_secret")
        if obj is None:
            return [(None, {"fields": fields}), (_("Signature"), {"fields": ["new_secret"]})]
        return [
            (None, {"fields": [*fields, "hook_address", "created_at"]}),
            (_("Signature"), {"fields": secret}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What kind of source it is decides how its old deliveries are read: it stays."""
        return [*self.readonly_fields, *(["kind"] if obj is not None else [])]

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        """Puts a new secret in front of those that are accepted already."""
        secret = form.cleaned_data.get("new_secret")
        if secret:
            obj.secrets = "\n".join([secret, *obj.secret_list])
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("address for deliveries"))
    def hook_address(self, source: Source) -> str:
        """Where the other side must send to."""
        if source.kind != SourceKind.STANDARD:
            return _("Mail comes in through the command ingest_email.")
        path_of_hook = reverse("tickets:standard-webhook", args=[source.pk])
        return f"{settings.PUBLIC_URL.rstrip('/')}{path_of_hook}"

    @admin.display(description=gettext_lazy("signing secret"))
    def secret_state(self, source: Source) -> str:
        """Whether secrets are set: never what they are."""
        count = len(source.secret_list)
        if not count:
            return _("not needed") if source.kind == SourceKind.EMAIL else _("not set")
        return ngettext("set (%(count)d secret)", "set (%(count)d secrets)", count) % {
            "count": count
        }

    def get_urls(self) -> list[URLPattern]:
        """Making a secret, and dropping the old ones."""
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<uuid:source_id>/new-secret/",
                wrap(self.new_secret_view),
                name="tickets_source_new_secret",
            ),
            path(
                "<uuid:source_id>/drop-old-secrets/",
                wrap(self.drop_old_view),
                name="tickets_source_drop_old_secrets",
            ),
        ]
        return [*own, *super().get_urls()]

    def new_secret_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """Makes a secret and shows it this once; the old ones are still accepted (POST only)."""
        source = self._source(request, source_id)
        secret = PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
        source.secrets = "\n".join([secret, *source.secret_list])
        source.save(update_fields=["secrets"])
        self.log_change(request, source, "Made a new signing secret.")
        context = {
            **self.admin_site.each_context(request),
            "title": _("New signing secret"),
            "opts": self.opts,
            "source": source,
            "secret": secret,
            "address": self.hook_address(source),
        }
        response = TemplateResponse(request, "tickets/new_secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def drop_old_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """Accepts only the newest secret from now on (POST only)."""
        source = self._source(request, source_id)
        dropped = len(source.secret_list) - 1
        if dropped > 0:
            source.secrets = source.secret_list[0]
            source.save(update_fields=["secrets"])
            self.log_change(request, source, "Dropped the old signing secrets.")
            messages.success(request, _("Only the newest secret is accepted now."))
        else:
            messages.warning(request, _("There are no old secrets."))
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:tickets_source_change", args=[source.pk])
        )

    def _source(self, request: HttpRequest, source_id: Any) -> Source:
        found = Source.objects.filter(pk=source_id).first()
        if found is None:
            raise Http404(_("There is no such source."))
        if request.method != "POST" or not self.has_change_permission(request, found):
            raise PermissionDenied
        return found
