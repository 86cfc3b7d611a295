"""Webhooks for programs: set-up, how each does, a real test, its secret, and what is sent again."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sla.admin.hooks.hook_form import HookForm, SinceForm
from sla.admin.hooks.hook_words import (
    VERIFY_SAMPLE,
    call_mark,
    hook_advice,
    hook_mark,
    hook_target,
    test_words,
)
from sla.models import CallState, Hook
from sla.operations.hooks.replay_hooks import (
    NotReady,
    enable_hook,
    new_secret,
    replay_given_up,
    replay_since,
    rotate_secret,
    save_subscription,
    send_test,
)
from tickets.admin.bases import UnscopedAdmin
from tickets.admin.form_once import form_token, made_before, note_sent
from tickets.queries import agents, database_now, person_name

_LAST = 20


class HookAdmin(UnscopedAdmin):
    """What a program subscribed to."""

    form = HookForm
    list_display = ["name", "light", "target", "hears_of", "owner_name", "waiting", "given_up"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    actions = None
    sortable_by = ["name"]
    change_list_template = "sla/hook_list.html"
    change_form_template = "sla/hook.html"
    readonly_fields = ["target"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its address to write only."""
        may_write = self.has_change_permission(request, obj)
        address = [*(["target"] if obj else []), *(["new_url"] if may_write else [])]
        return ["name", *address, "types", "customers", "owner", "is_active"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how much waits, and how much was given up."""
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                waiting_count=Count("calls", filter=Q(calls__state=CallState.WAITING)),
                given_up_count=Count("calls", filter=Q(calls__state=CallState.GIVEN_UP)),
            )
        )
        return rows

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever sets it up hears when it fails, unless they name somebody else."""
        return {"owner": str(request.user.pk), **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Only people of ours who are still here own a webhook."""
        if db_field.name == "owner":
            kwargs["queryset"] = agents()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("how it is"))
    def light(self, hook: Hook) -> SafeString:
        """Shape, colour and word."""
        return hook_mark(hook)

    @admin.display(description=gettext_lazy("leads to"))
    def target(self, hook: Hook) -> str:
        """Where it leads, without what is secret."""
        return hook_target(hook)

    @admin.display(description=gettext_lazy("hears of"))
    def hears_of(self, hook: Hook) -> str:
        """The types, as programs read them."""
        return ", ".join(hook.types)

    @admin.display(description=gettext_lazy("owner"))
    def owner_name(self, hook: Hook) -> str:
        """Who hears when it fails, as people call them."""
        return person_name(hook.owner) or "–"

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, hook: Any) -> int:
        """How many calls wait."""
        return int(hook.waiting_count)

    @admin.display(description=gettext_lazy("given up"))
    def given_up(self, hook: Any) -> int:
        """How many calls were given up."""
        return int(hook.given_up_count)

    def save_model(self, request: HttpRequest, obj: Hook, form: Any, change: bool) -> None:
        """Signed from its first call on; another address is tried at once."""
        now = database_now()
        url = form.cleaned_data.get("new_url")
        if url:
            obj.url = url
        if not change:
            obj.secrets = new_secret()
        save_subscription(hook=obj, is_new=not change, now=now)
        if change and url:
            enable_hook(hook_id=obj.pk, now=now)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One way to save: the secret comes next; a reload makes no other webhook."""
        hidden = dict.fromkeys(("show_save_and_add_another", "show_save_and_continue"), False)
        more = {**hidden, "form_token": form_token(request)}
        words = _(
            "This form has made its webhook already, whose secret was shown once. If you have "
            "not copied it, rotate it on the page of the webhook."
        )
        back = reverse(f"{self.admin_site.name}:sla_hook_changelist")
        with transaction.atomic():
            before = made_before(request, database_now(), words=words, back=back)
            page: HttpResponse = before or super().add_view(
                request, form_url, {**more, **(extra_context or {})}
            )
        return page

    def response_add(
        self, request: HttpRequest, obj: Hook, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Its secret, this once."""
        note_sent(request, database_now())
        return self._secret_page(request, obj, obj.secrets.split()[0], is_new=True)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The webhook with its light, its buttons and its last calls."""
        found: Any = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            may_see = request.user.has_perm("sla.view_hookcall")
            rows = found.calls.select_related("event__ticket").order_by("-created_at", "-pk")
            now = database_now()
            more = {
                "title": str(found),
                "subtitle": None,
                "show_save_and_add_another": False,
                "form_token": form_token(request),
                "hook": found,
                "mark": hook_mark(found),
                "advice": hook_advice(found),
                "is_held": found.disabled_at is not None or found.failures > 0,
                "may_replay": self._may_replay(request),
                "since_form": SinceForm(),
                "old_until": found.old_secret_until if len(found.live_secrets(now)) > 1 else None,
                "last": [(row, call_mark(row)) for row in rows[:_LAST]] if may_see else None,
                "sample": VERIFY_SAMPLE,
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """The buttons."""
        views = {
            "test": self.test_view,
            "rotate": self.rotate_view,
            "enable": self.enable_view,
            "given-up": self.given_up_view,
            "since": self.since_view,
        }
        own = [
            path(
                f"<int:hook_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"sla_hook_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def test_view(self, request: HttpRequest, hook_id: int) -> HttpResponse:
        """Calls the receiver now and says what came back (POST only)."""
        hook = self._hook(request, hook_id)
        tried = send_test(hook_id=hook.pk, now=database_now())
        level = messages.SUCCESS if tried.error is None else messages.ERROR
        messages.add_message(request, level, test_words(tried))
        return self._back(hook)

    def rotate_view(self, request: HttpRequest, hook_id: int) -> HttpResponse:
        """Makes a signing secret and shows it this once (POST only)."""
        hook, now = self._hook(request, hook_id), database_now()
        with transaction.atomic():
            # Once more would take away the secret that the receiver has.
            words = _("The secret was rotated already, and was shown once.")
            before = made_before(request, now, words=words, back=self._address(hook))
            if before is not None:
                return before
            secret = rotate_secret(hook_id=hook.pk, now=now)
            note_sent(request, now)
        self.log_change(request, hook, "Rotated the signing secret.")
        return self._secret_page(request, hook, secret, is_new=False)

    def enable_view(self, request: HttpRequest, hook_id: int) -> HttpResponse:
        """Calls it again; what waits leaves now (POST only)."""
        hook = self._hook(request, hook_id)
        count = enable_hook(hook_id=hook.pk, now=database_now())
        self.log_change(request, hook, "Switched it on again.")
        messages.success(request, _("It is called again. Calls that leave now: %d.") % count)
        return self._back(hook)

    def given_up_view(self, request: HttpRequest, hook_id: int) -> HttpResponse:
        """Sends all that was given up again (POST only)."""
        hook = self._hook(request, hook_id, replays=True)
        try:
            count = replay_given_up(hook_id=hook.pk, now=database_now())
        except NotReady:
            return self._not_ready(request, hook)
        return self._sent_again(request, hook, count)

    def since_view(self, request: HttpRequest, hook_id: int) -> HttpResponse:
        """Sends everything since an instant again (POST only)."""
        hook = self._hook(request, hook_id, replays=True)
        form = SinceForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Enter a date and a time, such as 2026-11-18 10:00."))
            return self._back(hook)
        try:
            count = replay_since(
                hook_id=hook.pk, since=form.cleaned_data["since"], now=database_now()
            )
        except NotReady:
            return self._not_ready(request, hook)
        return self._sent_again(request, hook, count)

    def _may_replay(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sla.replay_hookcall")

    def _hook(self, request: HttpRequest, hook_id: int, *, replays: bool = False) -> Hook:
        found = Hook.objects.filter(pk=hook_id).first()
        if found is None:
            raise Http404(_("There is no such webhook."))
        may = self._may_replay(request) if replays else self.has_change_permission(request, found)
        if request.method != "POST" or not may:
            raise PermissionDenied
        return found

    def _back(self, hook: Hook) -> HttpResponse:
        return HttpResponseRedirect(self._address(hook))

    def _address(self, hook: Hook) -> str:
        return reverse(f"{self.admin_site.name}:sla_hook_change", args=[hook.pk])

    def _not_ready(self, request: HttpRequest, hook: Hook) -> HttpResponse:
        messages.error(
            request, _("This webhook is off: switch it on first, then send its calls again.")
        )
        return self._back(hook)

    def _sent_again(self, request: HttpRequest, hook: Hook, count: int) -> HttpResponse:
        self.log_change(request, hook, f"Had {count} calls sent again.")
        words = ngettext("%d call is sent again.", "%d calls are sent again.", count) % count
        messages.success(request, words if count else _("There is nothing to send again."))
        return self._back(hook)

    def _secret_page(
        self, request: HttpRequest, hook: Hook, secret: str, *, is_new: bool
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Signing secret of %(hook)s") % {"hook": hook},
            "opts": self.opts,
            "hook": hook,
            "secret": secret,
            "is_new": is_new,
            "sample": VERIFY_SAMPLE,
        }
        return TemplateResponse(request, "sla/hook_secret.html", context)
