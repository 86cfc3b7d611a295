"""Origins of deliveries: how each is, how it is set up, and credentials that only go in."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tickets.admin.bases import UnscopedAdmin
from tickets.admin.sources.forms import SourceForm
from tickets.admin.sources.guides import credential_of, hook_address
from tickets.admin.sources.mailbox_form import MailboxInline
from tickets.admin.sources.maps import word_tables
from tickets.admin.sources.tool_access_form import NewToolAccessInline, ToolAccessInline
from tickets.admin.sources.tool_difference import look_of
from tickets.admin.sources.tool_trial import trial_page
from tickets.admin.sources.trial import run_test
from tickets.admin.sources.wizard import (
    hides_in_address,
    make_credential,
    makes_credentials,
    setup_page,
    steps_of,
    steps_page,
)
from tickets.admin.sources.words import LightView, light_view, problem_text
from tickets.models import Delivery, MailFolder, Source, SourceKind
from tickets.operations.source_health import health_of
from tickets.outbound.tool_api import API_KINDS
from tickets.providers.credentials import Credential

_LAST = 20


class SourceAdmin(UnscopedAdmin):
    """This mailbox, that helpdesk."""

    form = SourceForm
    list_display = ["name", "kind", "light", "secret_state"]
    list_filter = ["is_active"]
    search_fields = ["name", "address"]
    actions = None
    sortable_by = ["name", "kind"]
    change_form_template = "tickets/source.html"
    readonly_fields = ["hook_address", "secret_state", "created_at"]
    inlines = [MailboxInline, ToolAccessInline]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields that its kind has; the credential's only for those who may change it."""
        fields = ["name", "kind", "is_active", "hook_address", "created_at"]
        if obj is None or not obj.is_mail:
            fields[2:2] = ["channel", "stop_tolerance_seconds"]
        else:
            fields[2:2] = ["address", "acknowledges"]
        if obj is not None and obj.is_tool:
            fields += ["status_map", "priority_map", "priority_binding", "agent_ids", "bot_ids"]
        elif obj is not None and obj.kind == SourceKind.STANDARD:
            fields += ["priority_map", "priority_binding"]
        if obj is None or obj.kind == SourceKind.EMAIL:
            return [(None, {"fields": fields})]
        secret = ["secret_state"]
        asked = credential_of(obj.kind) is not Credential.BASIC
        if asked and self.has_change_permission(request, obj):
            secret.append("new_secret")
        return [(None, {"fields": fields}), (_("Credentials"), {"fields": secret})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What kind of source it is decides how its old deliveries are read: it stays."""
        return [*self.readonly_fields, *(["kind"] if obj is not None else [])]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A mailbox only where mail is looked for, an API only of a tool that can be asked."""
        if obj is None:
            return []
        if obj.kind == SourceKind.EMAIL:
            return [MailboxInline]
        if obj.kind not in API_KINDS:
            return []
        return [ToolAccessInline if hasattr(obj, "tool_access") else NewToolAccessInline]

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        """Puts a new credential in front of those that are accepted already."""
        secret = form.cleaned_data.get("new_secret")
        if secret:
            obj.secrets = "\n".join([secret, *obj.secret_list])
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("address for deliveries"))
    def hook_address(self, source: Source) -> str:
        """Where the other side must send to."""
        if source.kind != SourceKind.EMAIL:
            return hook_address(source)
        if getattr(source, "mailbox", None):
            return _("We look into the mailbox ourselves.")
        return _("Mail comes in through the command ingest_email.")

    @admin.display(description=gettext_lazy("credentials"))
    def secret_state(self, source: Source) -> str:
        """Whether credentials are set: never what they are."""
        if source.kind == SourceKind.EMAIL:
            return "–"
        count = len(source.secret_list)
        if not count:
            return _("not set")
        return ngettext("set (%(count)d secret)", "set (%(count)d secrets)", count) % {
            "count": count
        }

    @admin.display(description=gettext_lazy("how it is"))
    def light(self, source: Any) -> str | SafeString:
        """The light of a source on the page that is shown."""
        view: LightView | None = getattr(source, "light_view", None)
        if view is None:
            return "–"
        return format_html(
            '<span class="mark mark-{}"><span aria-hidden="true">{}</span> {}</span> '
            '<span class="aside">{}</span>',
            view.mark,
            view.shape,
            view.label,
            view.text,
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list with the light of each source, read for the whole page at once."""
        response = super().changelist_view(request, extra_context)
        changes = (getattr(response, "context_data", None) or {}).get("cl")
        if changes is not None:
            now = timezone.now()
            found = health_of(changes.result_list, now=now)
            for source in changes.result_list:
                source.light_view = light_view(found[source.pk], now)
        return response

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The tools to choose from, then the fields of one."""
        return setup_page(request, self.admin_site, self)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The source with its light, its steps and the last that came in."""
        found: Source | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            more = self._page_of(request, found)
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _page_of(self, request: HttpRequest, source: Source) -> dict[str, Any]:
        now = timezone.now()
        health = health_of([source], now=now)[source.pk]
        may_see = request.user.has_perm("tickets.view_delivery")
        last = (
            Delivery.objects.filter(source=source)
            .select_related("ticket")
            .defer("body")
            .order_by("-stored_at")
        )
        return {
            "title": str(source),
            "subtitle": None,
            "show_save_and_add_another": False,
            "folders": MailFolder.objects.filter(mailbox__source=source).order_by("role", "name"),
            "light": light_view(health, now),
            "problems": [problem_text(problem, now) for problem in health.problems],
            "steps": steps_of(source),
            "last": last[:_LAST] if may_see else None,
            "makes_credentials": makes_credentials(source),
            "hides_credentials": hides_in_address(source),
            "hides_secret": source.is_tool and makes_credentials(source),
            "words": word_tables(source),
            "has_old": len(source.secret_list) > 1,
            "look": look_of(request, source),
        }

    def get_urls(self) -> list[URLPattern]:
        """Making a credential, dropping the old ones, and the live test."""
        wrap = self.admin_site.admin_view
        views = {
            "new-secret": self.new_secret_view,
            "drop-old-secrets": self.drop_old_view,
            "test": self.test_view,
            "try-tool": self.try_tool_view,
        }
        own = [
            path(
                f"<uuid:source_id>/{name}/",
                wrap(view),
                name=f"tickets_source_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def new_secret_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """Makes a credential and shows it this once; the old ones stay accepted (POST only)."""
        source = self._source(request, source_id)
        if not makes_credentials(source):
            raise PermissionDenied
        secret = make_credential(source)
        source.secrets = "\n".join([secret, *source.secret_list])
        source.save(update_fields=["secrets"])
        self.log_change(request, source, "Made a new signing secret.")
        return steps_page(request, self.admin_site, source, secret)

    def drop_old_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """Accepts only the newest credential from now on (POST only)."""
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

    def test_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """Looks into the mailbox and sends a mail to whoever asks (POST only)."""
        source = self._source(request, source_id)
        if not source.is_mail:
            raise PermissionDenied
        lines = run_test(source=source, to=getattr(request.user, "email", ""), now=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test of %(source)s") % {"source": source},
            "opts": self.opts,
            "source": source,
            "lines": lines,
            "passed": all(line.passed for line in lines),
        }
        return TemplateResponse(request, "tickets/source_test.html", context)

    def try_tool_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """Asks the API of the tool who we are and what changed (POST only)."""
        source = self._source(request, source_id)
        access = getattr(source, "tool_access", None)
        if access is None or source.kind not in API_KINDS:
            raise Http404(_("This source has no API access yet: enter it on its page."))
        return trial_page(request, self, access)

    def _source(self, request: HttpRequest, source_id: Any) -> Source:
        found = Source.objects.filter(pk=source_id).first()
        if found is None:
            raise Http404(_("There is no such source."))
        if request.method != "POST" or not self.has_change_permission(request, found):
            raise PermissionDenied
        return found
