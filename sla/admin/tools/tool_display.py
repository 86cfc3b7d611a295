"""The display of deadlines in a tool: set up, tested, and how it does."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sla.admin.tools.display_guides import GUIDES
from sla.admin.tools.tool_display_form import ToolDisplayForm, field_name
from sla.admin.tools.tool_words import display_mark, tried_words, update_mark
from sla.models import ToolDisplay, ToolUpdate
from sla.notifiers.tools.table import WRITERS
from sla.operations.tools.follow_displays import display_of, write_again
from sla.operations.tools.try_display import TryStep, try_display
from tickets.admin.bases import UnscopedAdmin
from tickets.admin.sources.tool_words import trouble_text
from tickets.models import Source, ToolAccess
from tickets.queries import database_now

_LAST = 20


class ToolDisplayAdmin(UnscopedAdmin):
    """What stands in the tickets of a tool."""

    form = ToolDisplayForm
    list_display = ["source", "how_it_is", "written_at"]
    list_select_related = ["source__tool_access"]
    actions = None
    sortable_by = ()
    change_form_template = "sla/tool_display.html"
    change_list_template = "sla/tool_displays.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It is begun from the page of its source."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What this tool can show; a tag with the deadline where setting a tag makes it."""
        writer = WRITERS[obj.source.kind]
        tags = ["tags", "due_tag"] if writer.new_tags else ["tags"]
        names = [field_name(code) for code in writer.codes]
        switch = ["writes"] if self.has_change_permission(request, obj) else []
        common = [*switch, *tags, "note_at_risk", "note_missed", "language", "zone"]
        if not switch:
            return [(None, {"fields": common})]
        return [(None, {"fields": common}), (_("Fields of the tool"), {"fields": names})]

    @admin.display(description=gettext_lazy("how it is"))
    def how_it_is(self, display: ToolDisplay) -> SafeString:
        """How writing does."""
        access = getattr(display.source, "tool_access", None)
        return display_mark(access, display, timezone.now())

    def save_model(self, request: HttpRequest, obj: ToolDisplay, form: Any, change: bool) -> None:
        """The switch belongs to the access to the tool."""
        super().save_model(request, obj, form, change)
        if "writes" in form.cleaned_data:
            ToolAccess.objects.filter(source=obj.source_id).update(
                writes=form.cleaned_data["writes"]
            )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The display with its steps, how it does, and what was written last."""
        found: ToolDisplay | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            more = self._page_of(request, found)
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _page_of(self, request: HttpRequest, display: ToolDisplay) -> dict[str, Any]:
        rows = ToolUpdate.objects.filter(source=display.source_id).select_related("ticket")
        may_see = request.user.has_perm("sla.view_toolupdate")
        access = ToolAccess.objects.filter(source=display.source_id).first()
        return {
            "title": _("Deadlines in %(source)s") % {"source": display.source},
            "subtitle": None,
            "show_save_and_add_another": False,
            "mark": display_mark(access, display, timezone.now()),
            "trouble": trouble_text(display.trouble),
            "guide": GUIDES[display.source.kind],
            "may_test": access is not None,
            "last": [
                (row, update_mark(row), trouble_text(row.trouble))
                for row in rows.order_by("-made_at", "-pk")[:_LAST]
            ]
            if may_see
            else None,
        }

    def get_urls(self) -> list[URLPattern]:
        """Beginning one, the test, and writing everything again."""
        wrap = self.admin_site.admin_view
        own = [
            path("of/<uuid:source_id>/", wrap(self.begin_view), name="sla_tooldisplay_begin"),
            path("<int:pk>/test/", wrap(self.test_view), name="sla_tooldisplay_test"),
            path("<int:pk>/again/", wrap(self.again_view), name="sla_tooldisplay_again"),
        ]
        return [*own, *super().get_urls()]

    def begin_view(self, request: HttpRequest, source_id: Any) -> HttpResponse:
        """Makes the display of a source, with what works at once, and leads to it (POST only)."""
        may = request.user.has_perm("sla.add_tooldisplay")
        source = Source.objects.filter(pk=source_id, kind__in=list(WRITERS)).first()
        if request.method != "POST" or not may:
            raise PermissionDenied
        if source is None:
            raise Http404(_("There is no such source."))
        return self._to(display_of(source))

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Writes into the newest ticket at once and tells how each step went (POST only)."""
        display = self._display(request, pk)
        access = ToolAccess.objects.filter(source=display.source_id).first()
        if access is None:
            raise PermissionDenied
        tried = try_display(access=access, display=display, now=database_now())
        self.log_change(request, display, "Wrote a test.")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test of the deadlines in %(source)s") % {"source": display.source},
            "opts": self.opts,
            "display": display,
            "lines": [
                (each.passed, each.step is TryStep.MACHINE, tried_words(each)) for each in tried
            ],
            "passed": all(each.passed or each.step is TryStep.MACHINE for each in tried),
        }
        return TemplateResponse(request, "sla/tool_display_test.html", context)

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Has what is shown of every open ticket written again (POST only)."""
        display = self._display(request, pk)
        count = write_again(source=display.source, now=database_now())
        self.log_change(request, display, "Had everything written again.")
        text = ngettext(
            "%(count)d update is in the outbox again.",
            "%(count)d updates are in the outbox again.",
            count,
        )
        messages.success(request, text % {"count": count})
        return self._to(display)

    def _to(self, display: ToolDisplay) -> HttpResponseRedirect:
        name = f"{self.admin_site.name}:sla_tooldisplay_change"
        return HttpResponseRedirect(reverse(name, args=[display.pk]))

    def _display(self, request: HttpRequest, pk: int) -> ToolDisplay:
        found = ToolDisplay.objects.filter(pk=pk).select_related("source").first()
        if found is None:
            raise Http404(_("There is no such source."))
        if request.method != "POST" or not self.has_change_permission(request, found):
            raise PermissionDenied
        return found
